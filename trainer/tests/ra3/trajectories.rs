//! What is drawn is what is learnt from, and what pays is the human's code alone.

use trainer::ra3::{
    Decision, Expectation, Explainer, HeldOut, Horizon, LineScore, Program, Rewards, Scoring,
    Trajectory,
};
use trainer::ranks::Ranks;

use super::world::{Small, expectation, thinking};

fn explain(small: &Small, rows: usize, programs: &[Program]) -> Vec<Trajectory> {
    let model = small.model();
    let ranks = Ranks::default();
    let explainer = Explainer {
        model: &model,
        tokenizer: &small.tokenizer,
        marks: &small.marks,
        thinking: thinking(rows),
        ranks: &ranks,
    };
    let numbered: Vec<(u32, &Program)> = (0..).zip(programs).collect();
    explainer.explain(&numbered, 4).unwrap().0
}

#[test]
fn without_its_thoughts_a_trajectory_is_the_program_token_by_token() {
    let small = Small::new();
    let programs = small.programs(6);
    let trajectories = explain(&small, 8, &programs);
    assert_eq!(trajectories.len(), 24);
    let thoughts = trajectories.iter().flat_map(Trajectory::thoughts).count();
    assert!(thoughts > 5, "{thoughts}");
    for trajectory in &trajectories {
        let program = &programs[trajectory.program as usize];
        let code = trajectory.choices.iter().flat_map(|it| &trajectory.tokens[it.code.clone()]);
        let prompt = &program.tokens[..program.actions[0]];
        assert_eq!(prompt.iter().chain(code).copied().collect::<Vec<_>>(), program.tokens);
        for choice in &trajectory.choices {
            let between = &trajectory.tokens[choice.at..choice.code.start];
            let text = small.tokenizer.decode(between).unwrap();
            match &choice.decision {
                Decision::Think(_) => {
                    assert!(text.starts_with('#') && text.ends_with('\n'), "{text}")
                }
                _ => assert_eq!(text, ""),
            }
        }
    }
}

#[test]
fn which_rows_are_computed_together_does_not_reach_a_trajectory() {
    let small = Small::new();
    let programs = small.programs(5);
    let tokens = |rows| -> Vec<Vec<u32>> {
        explain(&small, rows, &programs).into_iter().map(|it| it.tokens).collect()
    };
    assert_eq!(tokens(1), tokens(3));
    assert_eq!(tokens(1), tokens(64));
}

/// What was decided and written before each action, up to the one with this number.
fn drawn(trajectory: &Trajectory, actions: usize) -> Vec<(&[u32], bool)> {
    let choices = trajectory.choices.iter().take(actions + 1);
    let before =
        choices.map(|it| (&trajectory.tokens[it.at..it.code.start], it.thought().is_some()));
    before.collect()
}

#[test]
fn a_thought_does_not_depend_on_the_line_behind_it() {
    let small = Small::new();
    let program = &small.programs(1)[0];
    for action in 0..program.actions.len() {
        // The same program with all from this line on in another order.
        let mut other = program.clone();
        other.tokens[program.actions[action]..].reverse();
        let seen = explain(&small, 8, std::slice::from_ref(program));
        let unseen = explain(&small, 8, &[other]);
        for (seen, unseen) in seen.iter().zip(&unseen) {
            assert_eq!(drawn(seen, action), drawn(unseen, action), "before action {action}");
        }
    }
}

#[test]
fn learning_gives_every_draw_the_probability_that_it_had() {
    let small = Small::new();
    let windows: Vec<(u32, Program)> = (0..).zip(small.programs(6)).collect();
    let mut learner = small.learner();
    let policy = small.model();
    let voice = (&small.tokenizer, &small.marks);
    let report = expectation().step(&mut learner, &policy, voice, &windows).unwrap();
    assert!(report.gap > 0.0 && report.gap < 1e-4, "{report:?}");
    assert!(report.gradient_norm > 0.0 && report.think_rate > 0.0, "{report:?}");
    assert!(report.drawn_tokens > 0 && report.code_tokens == 4 * 6 * 19, "{report:?}");
}

#[test]
fn a_trajectory_that_never_thinks_earns_minus_the_loss_of_next_token_prediction() {
    let small = Small::new();
    let model = small.model();
    for program in small.programs(4) {
        let plain = Trajectory::plain(0, &program);
        let ranks = Ranks::default();
        let scoring = Scoring { batch_tokens: 100, chunk: 7, ranks: &ranks };
        let scores = &scoring.score(&model, &[&plain]).unwrap()[0];
        let earned: f64 = scores.iter().map(|line| LineScore::Sum.of(line)).sum();
        let voice = (&small.tokenizer, &small.marks);
        let programs = [program];
        let loss = HeldOut::measure(&model, voice, &programs, None, scoring).unwrap();
        let expected = -loss.plain_loss * loss.code_tokens as f64;
        assert!((earned - expected).abs() < 1e-9, "{earned} {expected}");
        // The same by the trainer's next-token loss.
        let batch = trainer::learning::Batch::new([&programs[0].tokens[..]]);
        let all =
            Vec::<f32>::try_from(trainer::learning::logprobs(&model, &batch, 1.0, 100)).unwrap();
        let next: f64 = all[programs[0].actions[0] - 1..].iter().map(|&it| f64::from(it)).sum();
        assert!((earned - next).abs() < 1e-4, "{earned} {next}");
    }
}

#[test]
fn when_thoughts_cost_much_steps_make_them_rarer() {
    let small = Small::new();
    let windows: Vec<(u32, Program)> = (0..).zip(small.programs(6)).collect();
    let (mut learner, policy) = (small.learner(), small.model());
    let rewards = Rewards { thought: 3.0, ..Rewards::default() };
    let rates: Vec<f64> = (0..25)
        .map(|step| {
            let thinking = trainer::ra3::Thinking { step, ..thinking(16) };
            let expectation = Expectation { rewards, thinking, ..expectation() };
            let voice = (&small.tokenizer, &small.marks);
            expectation.step(&mut learner, &policy, voice, &windows).unwrap().think_rate
        })
        .collect();
    let mean = |rates: &[f64]| rates.iter().sum::<f64>() / rates.len() as f64;
    assert!(mean(&rates[20..]) < mean(&rates[..5]) / 2.0, "{rates:?}");
}

#[test]
fn one_thought_for_a_whole_program_is_brite() {
    let small = Small::new();
    let whole = |mut program: Program| {
        program.actions.truncate(1);
        program
    };
    let programs: Vec<Program> = small.programs(6).into_iter().map(whole).collect();
    for trajectory in explain(&small, 8, &programs) {
        let [choice] = &trajectory.choices[..] else { panic!("{trajectory:?}") };
        assert_eq!(choice.code.end, trajectory.tokens.len());
    }
    let windows: Vec<(u32, Program)> = (0..).zip(programs).collect();
    let (mut learner, policy) = (small.learner(), small.model());
    let expectation =
        Expectation { horizon: Horizon { gamma: 1.0, lines: Some(1) }, ..expectation() };
    let voice = (&small.tokenizer, &small.marks);
    let report = expectation.step(&mut learner, &policy, voice, &windows).unwrap();
    assert_eq!(report.lines, 4 * 6);
}
