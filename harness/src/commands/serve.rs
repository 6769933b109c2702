//! `ra3 serve`: a model behind an OpenAI-compatible address.

use std::net::SocketAddr;
use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::Args;

/// The arguments of `ra3 serve`.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  ra3 serve --model SmolLM2.gguf
  ra3 serve --model Qwen2.5-0.5B --address 0.0.0.0:8000 --rows 64
  ra3 eval --benchmark mini --model http://127.0.0.1:8000/v1
  curl http://127.0.0.1:8000/v1/completions -H 'Content-Type: application/json' \\
    -d '{\"prompt\": \"def fib(n):\", \"max_tokens\": 64, \"temperature\": 0}'

GET /v1/models and /health; POST /v1/completions and /v1/chat/completions, whole or as a stream. Understood are
model, prompt (a text, texts, or token ids), messages, n, max_tokens, max_completion_tokens, temperature,
top_p, top_k, min_p, seed, stop, logprobs (of the tokens that were drawn, in the distribution that they were
drawn from), return_token_ids, return_tokens_as_token_ids, stream and stream_options. What would change the
answer and is not understood is refused by name. The weights are those of the start: who trains has to start
a server anew to have it answer by newer ones.

Requests are answered together as rows become free, and who is answered beside whom changes nothing but the
rounding of f32. With a seed a request gets the same answers again.

A key is wanted where the environment variable RA3_API_KEY is set. Ctrl-C lets the requests under way end,
the second ends them.")]
pub struct ServeArgs {
    /// The model: a folder as Hugging Face lays it out, or a GGUF file.
    #[arg(long, value_name = "PATH")]
    pub model: PathBuf,
    /// Where to listen.
    #[arg(long, value_name = "HOST:PORT", default_value = "127.0.0.1:8000")]
    pub address: SocketAddr,
    /// The name of the model for clients; that of its folder or file by default.
    #[arg(long, value_name = "NAME")]
    pub name: Option<String>,
    /// How many answers are written at once.
    #[arg(long, value_name = "N", default_value = "16")]
    pub rows: NonZeroUsize,
    /// The most tokens of a prompt with its answer, for which memory is set aside; the model's context if
    /// that is less.
    #[arg(long, value_name = "N", default_value = "4096")]
    pub context: NonZeroUsize,
    /// How many requests may wait.
    #[arg(long, value_name = "N", default_value = "1024")]
    pub queue: NonZeroUsize,
    /// Compute in bf16, faster and to three digits.
    #[arg(long)]
    pub bf16: bool,
    /// Say nothing of requests.
    #[arg(long, short)]
    pub quiet: bool,
}
