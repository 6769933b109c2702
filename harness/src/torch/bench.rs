//! `ra3 bench e-step`: how fast a model explains code, beside how fast it writes.

use std::num::NonZeroUsize;
use std::process::ExitCode;
use std::time::Instant;

use anyhow::{Context, ensure};
use harness::commands::bench::{EStepArgs, EStepFindings, Work};
use harness::commands::{explain, print};
use trainer::learning::{AdamW, AdamWOptions, Learner, Memory, Schedule};
use trainer::model::Precision;
use trainer::ra3::{
    Actions, Expectation, ExpectationReport, Explainer, Horizon, LineScore, Program, Reuse,
    Rewards, Thinking, Trajectory,
};
use trainer::ranks::Ranks;
use trainer::sampling::{Filter, Request, Sample, Sampler};
use trainer::{Facts, LanguageModel};

use crate::corpus::{self, Voice};
use crate::load;

/// The most tokens of a piece of a program, of which a window is the beginning.
const PIECE: usize = 512;
/// The most tokens of a batch that is scored or learnt.
const BATCH_TOKENS: usize = 2048;

/// The works, plain sampling first.
const WORKS: [(&str, &str); 4] = [
    ("sampling", "text goes on from where windows begin, to their length"),
    ("annotation", "a trajectory through each window, as what the M-step learns is written"),
    ("drawing", "several trajectories through each of fewer windows, as an E-step draws them"),
    ("E-step", "the same, scored and learnt from"),
];

/// Measure as the arguments say.
pub(crate) fn run(arguments: &EStepArgs) -> anyhow::Result<ExitCode> {
    let precision = if arguments.bf16 { Precision::Mixed } else { Precision::Single };
    let model = load::language_model(&arguments.model, precision)?;
    let voice = Voice::of(&model)?;
    let windows = windows(arguments, &model, &voice)?;
    let mut contest = Contest::new(arguments, model, voice, windows);
    let mut rounds = Vec::new();
    for round in 0..arguments.rounds.get() {
        rounds.push(contest.round()?);
        explain(&format!("round {} of {}", round + 1, arguments.rounds));
    }
    let findings = findings(arguments, &contest, &rounds);
    let text = if arguments.json { serde_json::to_string(&findings)? } else { findings.table() };
    print(&text)?;
    Ok(ExitCode::SUCCESS)
}

/// As many windows as there are rows, spread over the corpus.
fn windows(
    arguments: &EStepArgs,
    model: &LanguageModel,
    voice: &Voice,
) -> anyhow::Result<Vec<(u32, Program)>> {
    let documents = corpus::open(&arguments.corpus)?.documents;
    ensure!(!documents.is_empty(), "`{}` has no document", arguments.corpus.display());
    let rows = arguments.windows.get() * arguments.samples as usize;
    // Some documents are short, and few need to be read.
    let count = documents.len().min(4 * rows);
    let spread = (0..count).map(|it| documents[it * documents.len() / count].clone());
    let spread: Vec<_> = spread.collect();
    let most = PIECE.min(model.decoder.config().context);
    let pieces = corpus::pieces(model, voice, &spread, Actions::Lines, most)?;
    let lines = arguments.lines.get();
    let long: Vec<&Program> = pieces.iter().filter(|it| it.actions.len() >= lines).collect();
    ensure!(
        long.len() >= rows,
        "`{}` has too few pieces of {lines} lines for {rows} windows",
        arguments.corpus.display()
    );
    let window = |it: usize| (it as u32, long[it * long.len() / rows].window(0, lines));
    Ok((0..rows).map(window).collect())
}

/// A model that does each work in turn.
struct Contest {
    learner: Learner,
    model: LanguageModel,
    voice: Voice,
    windows: Vec<(u32, Program)>,
    expectation: Expectation,
    few: usize,
}

/// Tokens, and what they took.
#[derive(Clone, Copy)]
struct Timed {
    tokens: usize,
    seconds: f64,
}

impl Timed {
    fn rate(self) -> f64 {
        self.tokens as f64 / self.seconds
    }
}

/// Each work done once.
struct Round {
    works: [Timed; WORKS.len()],
    think_rate: f64,
}

impl Contest {
    fn new(
        arguments: &EStepArgs,
        model: LanguageModel,
        voice: Voice,
        windows: Vec<(u32, Program)>,
    ) -> Self {
        let explainer = model.decoder.copy();
        let learner = Learner {
            optimizer: AdamW::new(explainer.parameters(), AdamWOptions::default()),
            model: explainer,
            // Every round is to do the same.
            schedule: Schedule::constant(0.0),
            gradient_limit: 1.0,
            temperature: 1.0,
            memory: Memory::default(),
            ranks: Ranks::default(),
        };
        let rows = NonZeroUsize::new(windows.len()).expect("there is a window at least");
        let thinking = Thinking {
            temperature: 1.0,
            max_tokens: arguments.max_thought_tokens,
            rows,
            seed: arguments.seed,
            step: 0,
        };
        let expectation = Expectation {
            samples: arguments.samples,
            rewards: Rewards::default(),
            score: LineScore::Mean,
            horizon: Horizon::default(),
            thinking,
            reuse: Reuse::default(),
            batch_tokens: BATCH_TOKENS,
        };
        let few = arguments.windows.get();
        Self { learner, model, voice, windows, expectation, few }
    }

    fn round(&mut self) -> anyhow::Result<Round> {
        let (sampling, annotation) = (self.sample()?, self.annotate()?);
        let report = self.expect()?;
        let tokens = report.code_tokens;
        let [drawing, ..] = report.seconds;
        let drawing = Timed { tokens, seconds: drawing };
        let step = Timed { tokens, seconds: report.seconds.iter().sum() };
        let works = [sampling, annotation, drawing, step];
        Ok(Round { works, think_rate: report.think_rate })
    }

    /// Plain sampling: as many rows, each from where a window begins, of the windows' mean length.
    fn sample(&self) -> anyhow::Result<Timed> {
        let total: usize = self.windows.iter().map(|(_, it)| it.code_tokens()).sum();
        let request = |(number, window): &(u32, Program)| Request {
            prompt: *number,
            ids: window.tokens[..window.actions[0]].to_vec(),
            samples: 1,
        };
        let requests: Vec<Request> = self.windows.iter().map(request).collect();
        let Thinking { rows, seed, .. } = self.expectation.thinking;
        let sampler = Sampler {
            rows,
            filter: Filter::default(),
            max_tokens: total.div_ceil(self.windows.len()),
            // All rows are to be busy all the time.
            stop_ids: Vec::new(),
            seed,
            step: 0,
        };
        let (began, mut written) = (Instant::now(), 0);
        let mut count = |sample: Sample| written += sample.tokens.len();
        sampler.run(&self.model.decoder, &requests, &mut count)?;
        Ok(Timed { tokens: written, seconds: began.elapsed().as_secs_f64() })
    }

    fn annotate(&self) -> anyhow::Result<Timed> {
        let ranks = Ranks::default();
        let explainer = Explainer {
            model: &self.model.decoder,
            tokenizer: &self.model.tokenizer,
            marks: &self.voice.marks,
            thinking: self.expectation.thinking,
            ranks: &ranks,
        };
        let programs: Vec<(u32, &Program)> =
            self.windows.iter().map(|(number, it)| (*number, it)).collect();
        let began = Instant::now();
        let (trajectories, _) = explainer.explain(&programs, 1)?;
        let seconds = began.elapsed().as_secs_f64();
        Ok(Timed { tokens: trajectories.iter().map(Trajectory::code_tokens).sum(), seconds })
    }

    /// An E-step on some of the windows.
    fn expect(&mut self) -> anyhow::Result<ExpectationReport> {
        let apart = self.windows.len() / self.few;
        let some: Vec<(u32, Program)> =
            self.windows.iter().step_by(apart).take(self.few).cloned().collect();
        let voice = (&self.model.tokenizer, &self.voice.marks);
        self.expectation
            .step(&mut self.learner, &self.model.decoder, voice, &some)
            .context("failed to make an E-step")
    }
}

fn findings(arguments: &EStepArgs, contest: &Contest, rounds: &[Round]) -> EStepFindings {
    let rate = |work: usize| {
        let mut rates: Vec<f64> = rounds.iter().map(|it| it.works[work].rate()).collect();
        rates.sort_by(f64::total_cmp);
        (rates[(rates.len() - 1) / 2] + rates[rates.len() / 2]) / 2.0
    };
    let plain = rate(0);
    let work = |(number, (name, meaning)): (usize, &(&'static str, &'static str))| Work {
        name,
        meaning,
        tokens: rounds[0].works[number].tokens,
        tokens_per_second: rate(number),
        of_plain: rate(number) / plain,
    };
    EStepFindings {
        model: arguments.model.clone(),
        corpus: arguments.corpus.clone(),
        rows: contest.windows.len(),
        lines: arguments.lines.get(),
        threads: Facts::gather().threads as usize,
        rounds: rounds.len(),
        think_rate: rounds[0].think_rate,
        works: WORKS.iter().enumerate().map(work).collect(),
    }
}
