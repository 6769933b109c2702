//! `ra3 lab bound`: the temporal bound of a world that can be enumerated.

use std::process::ExitCode;

use anyhow::ensure;
use harness::commands::lab::BoundArgs;
use harness::commands::print;
use serde_json::json;
use trainer::ra3::bound::{Choices, World, log_sum};
use trainer::sampling::Draw;

/// How many random policies are shown.
const POLICIES: u64 = 5;

pub(super) fn run(arguments: &BoundArgs) -> anyhow::Result<ExitCode> {
    let BoundArgs { seed, thoughts, alpha, lines, json } = *arguments;
    let (thoughts, lines) = (thoughts.get(), lines.get());
    ensure!(alpha > 0.0 && alpha < 1.0, "`--alpha` is a probability between 0 and 1");
    ensure!(
        lines * thoughts <= 64,
        "`--lines` times `--thoughts` is at most 64: all is enumerated"
    );
    let states = thoughts + 1;
    let scores = |seed, number: usize, count: usize| -> Vec<f64> {
        let key = |position| Draw { seed, step: 0, prompt: number as u32, sample: 0, position };
        // From -2 to 2.
        let scores: Vec<f64> = (0..count).map(|it| 4.0 * key(it as u32).uniform() - 2.0).collect();
        let total = log_sum(&scores);
        scores.iter().map(|score| score - total).collect()
    };
    let logprobs = (0..lines)
        .map(|time| (0..states).map(|state| scores(seed, time * states + state, 3)[0]).collect());
    let world = World { thoughts, alpha, logprobs: logprobs.collect() };
    let policy = |number: u64| -> Choices {
        let of = |time, mind| scores(seed ^ (number << 32), time * states + mind, states);
        (0..lines).map(|time| (0..states).map(|mind| of(time, mind)).collect()).collect()
    };
    let likelihood = world.log_likelihood();
    let best = world.bound(&world.best_policy());
    let others: Vec<f64> = (1..=POLICIES).map(|number| world.bound(&policy(number))).collect();
    let plain: f64 = world.logprobs.iter().map(|line| line[thoughts]).sum();
    if json {
        let found = json!({
            "price": world.price(), "log_likelihood": likelihood, "best_bound": best,
            "random_bounds": others, "log_likelihood_without_thoughts": plain,
        });
        print(&serde_json::to_string_pretty(&found)?)?;
        return Ok(ExitCode::SUCCESS);
    }
    print(&format!("price of a thought          c = {:.9}", world.price()))?;
    print(&format!("log p(a), thoughts summed over  {likelihood:.12}"))?;
    print(&format!("bound of the best policy        {best:.12}"))?;
    for (number, bound) in others.iter().enumerate() {
        let gap = likelihood - bound;
        print(&format!(
            "bound of random policy {}        {bound:.12}, {gap:.3} below",
            number + 1
        ))?;
    }
    print(&format!("log p(a) if nothing is ever thought {plain:.6}"))?;
    Ok(ExitCode::SUCCESS)
}
