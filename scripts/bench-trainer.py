#!/usr/bin/env python3
"""Times `ra3` side by side with PyTorch, transformers and TRL on the same weights, cores and lengths.

  train     a step of AdamW on next tokens: `ra3 midtrain` with algorithm ntp, and transformers
  sample    2 answers to each of 8 prompts, at once: `ra3 rlvr`, and `generate()`
  group     8 answers to each of 16 prompts: the same
  grpo      a step of GRPO on 8 answers to each of 8 prompts: `ra3 rlvr`, and TRL's GRPOTrainer

Every contender is a process of its own, in f32, on the same number of threads, and they run in turn. What is
timed is the work without loading: of `ra3` what its events say, of the others the loop around the call. ra3's
rewards come from its strict judge and are then given to answers at random, so that all groups are learnt from;
TRL's are random numbers, which cost nothing. Tokens after the end of an answer do not count. Peak memory is that
of the whole process, and of sampling that of a process that only samples (`ra3 generate`).

Prints medians over all steps of all rounds, and ra3's ratio to the peer. Run it through bench-trainer.sh.
"""

import argparse
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

MOST_TOKENS = 64
PIECES, PIECE = 8, 256
STEPS = 3


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--only", nargs="*", default=["train", "sample", "group", "grpo"])
    parser.add_argument("--model", type=Path, default=Path(".models/SmolLM2-135M-Instruct.Q4_1.gguf"))
    parser.add_argument("--ra3", type=Path, default=Path("target/release/ra3"))
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--peer", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.peer:
        print(json.dumps(PEERS[arguments.peer](arguments)))
        return
    arguments.model = arguments.model.resolve()
    arguments.ra3 = arguments.ra3.resolve()
    results = {}
    for number in range(arguments.rounds):
        for work in arguments.only:
            contenders = [("ra3", ours), ("peer", theirs)]
            for name, run in contenders if number % 2 == 0 else reversed(contenders):
                print(f"bench: round {number + 1}, {work}, {name}", file=sys.stderr)
                result = run(work, arguments)
                print(f"bench: {', '.join(f'{rate:.1f}' for rate in result['rates'])}", file=sys.stderr)
                results.setdefault((work, name), []).append(result)
    show(results, arguments.only)


def show(results, works):
    units = {"train": "tokens/s", "sample": "tokens/s", "group": "tokens/s", "grpo": "s a step"}
    print(f"{'work':<8} {'':<9} {'ra3':>8} {'peer':>8}  ratio   GiB: ra3 peer")
    for work in works:
        rates, memory = {}, {}
        for name in ("ra3", "peer"):
            runs = results[work, name]
            rates[name] = statistics.median(rate for run in runs for rate in run["rates"])
            memory[name] = max(run["memory"] for run in runs) / 2**30
        ratio = rates["ra3"] / rates["peer"]
        if work == "grpo":
            ratio = 1 / ratio
        print(
            f"{work:<8} {units[work]:<9} {rates['ra3']:8.2f} {rates['peer']:8.2f}  {ratio:.2f}x"
            f"       {memory['ra3']:.2f} {memory['peer']:.2f}"
        )


def measured(command, arguments):
    """What the command says on stdout, and the most memory that it had."""
    environment = dict(os.environ, OMP_NUM_THREADS=str(arguments.threads), OMP_WAIT_POLICY="passive")
    with tempfile.TemporaryFile("w+") as said, tempfile.TemporaryFile("w+") as errors:
        child = subprocess.Popen(command, stdout=said, stderr=errors, env=environment)
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        if child.returncode != 0:
            errors.seek(0)
            sys.exit(f"bench: {command} failed:\n{errors.read()[-4000:]}")
        said.seek(0)
        return said.read(), usage.ru_maxrss * 1024


def ours(work, arguments):
    with tempfile.TemporaryDirectory() as folder:
        config = Path(folder, "bench.toml")
        config.write_text(CONFIGS[work].format(model=arguments.model))
        command = "midtrain" if work == "train" else "rlvr"
        run = Path(folder, "run")
        _, memory = measured(
            [arguments.ra3, command, "--config", config, "--out", run, "--quiet"], arguments
        )
        events = [json.loads(line) for line in open(run / "events.jsonl")]
    if work == "train":
        learnt = [event for event in events if event["event"] == "learn"]
        return {"rates": [event["tokens"] / event["seconds"] for event in learnt], "memory": memory}
    steps = [event for event in events if event["event"] == "step"]
    if work == "grpo":
        return {"rates": [sum(step["seconds"].values()) for step in steps], "memory": memory}
    rates = [step["tokens"] / step["seconds"]["sampling"] for step in steps]
    return {"rates": rates, "memory": memory_of_sampling(work, arguments)}


def memory_of_sampling(work, arguments):
    """The memory of a process that only samples, as the peer's does; that of `ra3 rlvr` learns as well."""
    prompts, samples = SAMPLED[work]
    with tempfile.TemporaryDirectory() as folder:
        command = [
            arguments.ra3, "generate", "--model", arguments.model, "--benchmark", "mini-train",
            "--limit", str(prompts), "--samples-per-task", str(samples), "--rows", str(min(prompts * samples, ROWS)),
            "--max-tokens", str(MOST_TOKENS), "--temperature", "1", "--quiet", "--out", Path(folder, "answers.jsonl"),
        ]
        return measured(command, arguments)[1]


RLVR = """
[model]
path = "{{model}}"
[data]
benchmark = "mini-train"
[reward]
shuffle = {shuffle}
[objective]
preset = "dr-grpo"
[training]
steps = {steps}
prompts = {prompts}
samples = {samples}
rows = {rows}
max_tokens = {most}
learning_rate = {rate}
batch_tokens = 8192
save_every = 1000
[evaluation]
held_out = 0
"""


# Prompts, and answers to each.
SAMPLED = {"sample": (8, 2), "group": (16, 8)}
# Answers at a time; those that wait take the rows of those that are done.
ROWS = 64


def rlvr(prompts, samples, shuffle=False):
    rows = min(prompts * samples, ROWS)
    return RLVR.format(
        steps=STEPS, prompts=prompts, samples=samples, rows=rows, most=MOST_TOKENS, rate=2e-5,
        shuffle=str(shuffle).lower(),
    )


CONFIGS = {
    "train": f"""
algorithm = "ntp"
[model]
path = "{{model}}"
[data]
corpus = "stdlib"
piece_tokens = {PIECE}
held_out_pieces = 0
[m_step]
pieces = {PIECES}
code_tokens = {PIECES * PIECE * STEPS - PIECES * PIECE // 2}
[training]
batch_tokens = {PIECES * PIECE}
save_every = 1000
[evaluation]
every = 1000
""",
    **{work: rlvr(*sizes) for work, sizes in SAMPLED.items()},
    "grpo": rlvr(8, 8, shuffle=True),
}


def theirs(work, arguments):
    said, memory = measured(
        [sys.executable, __file__, "--peer", work, "--model", arguments.model, "--ra3", arguments.ra3,
         "--threads", str(arguments.threads)],
        arguments,
    )
    return {"rates": json.loads(said.splitlines()[-1]), "memory": memory}


def load(arguments):
    import torch
    import transformers

    torch.set_num_threads(arguments.threads)
    torch.manual_seed(1)
    transformers.logging.set_verbosity_error()
    folder, name = str(arguments.model.parent), arguments.model.name
    model = transformers.AutoModelForCausalLM.from_pretrained(folder, gguf_file=name, dtype=torch.float32)
    # The file is quantised; what was made of it is f32, and may be trained.
    model.is_quantized, model.hf_quantizer = False, None
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder, gguf_file=name)
    tokenizer.padding_side = "left"
    tokenizer.pad_token = tokenizer.pad_token or tokenizer.eos_token
    return model, tokenizer


def prompts(arguments, tokenizer):
    """The problems of mini-train, asked in the words that ra3 has for them."""
    def shown(*more):
        command = [arguments.ra3, "data", "show", "mini-train", *more, "--json"]
        return json.loads(subprocess.run(command, check=True, capture_output=True).stdout)

    questions = []
    for name in random.Random(1).sample(shown(), 32):
        problem = shown(name)
        text = (
            "Please provide a self-contained Python script that solves the following problem in a markdown "
            f"code block:\n```\n{problem['prompt']}\n```"
        )
        turn = [{"role": "user", "content": text}]
        questions.append(tokenizer.apply_chat_template(turn, tokenize=False, add_generation_prompt=True))
    return questions


def peer_train(arguments):
    import torch

    model, _ = load(arguments)
    model.train()
    optimizer = torch.optim.AdamW(model.parameters(), lr=2e-5)
    rates = []
    for _ in range(STEPS):
        ids = torch.randint(0, 40000, (PIECES, PIECE))
        began = time.monotonic()
        loss = model(input_ids=ids, labels=ids).loss
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad()
        rates.append(PIECES * PIECE / (time.monotonic() - began))
    return rates


def generate(arguments, count, samples):
    import torch

    model, tokenizer = load(arguments)
    model.eval()
    questions = prompts(arguments, tokenizer)[:count]
    batch = tokenizer(questions, return_tensors="pt", padding=True, add_special_tokens=False)
    rates = []
    for _ in range(STEPS):
        began = time.monotonic()
        with torch.inference_mode():
            written = model.generate(
                **batch, do_sample=True, temperature=1.0, top_k=0, top_p=1.0, max_new_tokens=MOST_TOKENS,
                num_return_sequences=samples, pad_token_id=tokenizer.pad_token_id,
            )
        seconds = time.monotonic() - began
        ends = set([tokenizer.eos_token_id])
        tokens = 0
        for row in written[:, batch["input_ids"].shape[1]:].tolist():
            end = next((place + 1 for place, it in enumerate(row) if it in ends), len(row))
            tokens += end
        rates.append(tokens / seconds)
    return rates


def peer_grpo(arguments):
    import datasets
    import trl
    from transformers import TrainerCallback

    model, tokenizer = load(arguments)
    rows = [{"prompt": text} for text in prompts(arguments, tokenizer)]
    times = []

    class Clock(TrainerCallback):
        def on_step_begin(self, *_, **__):
            self.began = time.monotonic()

        def on_step_end(self, *_, **__):
            times.append(time.monotonic() - self.began)

    chance = random.Random(1)
    with tempfile.TemporaryDirectory() as folder:
        config = trl.GRPOConfig(
            output_dir=folder, use_cpu=True, bf16=False, max_steps=STEPS, per_device_train_batch_size=64,
            num_generations=8, max_completion_length=MOST_TOKENS, learning_rate=2e-5,
            loss_type="dr_grpo", beta=0.0, temperature=1.0, gradient_checkpointing=False, report_to="none",
            save_strategy="no", logging_steps=1000, disable_tqdm=True,
        )
        trainer = trl.GRPOTrainer(
            model=model, args=config, train_dataset=datasets.Dataset.from_list(rows),
            reward_funcs=lambda completions, **_: [chance.random() for _ in completions],
            processing_class=tokenizer, callbacks=[Clock()],
        )
        trainer.train()
    return times


PEERS = {
    "train": peer_train,
    "sample": lambda arguments: generate(arguments, 8, 2),
    "group": lambda arguments: generate(arguments, 16, 8),
    "grpo": peer_grpo,
}


if __name__ == "__main__":
    main()
