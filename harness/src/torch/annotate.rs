//! `ra3 annotate`: a model goes through human programs once and writes down what it thinks.

mod page;

use std::process::ExitCode;

use anyhow::Context;
use harness::commands::annotate::AnnotateArgs;
use harness::commands::explain;
use harness::run_directory::write_file;
use serde::Serialize;
use trainer::LanguageModel;
use trainer::ra3::{Actions, Explainer, LineScore, Program, Scoring, Thinking, Trajectory};
use trainer::ranks::Ranks;

use crate::corpus::{self, Voice};
use crate::load;

/// How many pieces are explained at a time.
const CHUNK: usize = 32;

/// A row of annotated.jsonl: a piece of a program.
#[derive(Serialize)]
struct Row {
    /// The number of the piece.
    piece: usize,
    /// With the thoughts, as comments.
    text: String,
    lines: Vec<Line>,
}

/// A line of a program.
#[derive(Serialize)]
struct Line {
    /// What was thought before it.
    #[serde(skip_serializing_if = "Option::is_none")]
    thought: Option<String>,
    /// Its text, with the blank lines behind it and the indent of the next.
    code: String,
    /// The mean log-probability of its tokens behind the thoughts.
    logprob: f64,
    /// By how much that is more than without any thought.
    gain: f64,
}

/// Annotate as the arguments say.
pub(crate) fn run(arguments: &AnnotateArgs) -> anyhow::Result<ExitCode> {
    let model = load::language_model(&arguments.model, load::frozen(arguments.bf16))?;
    let voice = Voice::of(&model)?;
    let documents = corpus::open(&arguments.corpus)?.documents;
    let actions = if arguments.logical_lines { Actions::LogicalLines } else { Actions::Lines };
    let mut pieces = corpus::pieces(&model, &voice, &documents, actions, arguments.piece_tokens)?;
    pieces.truncate(arguments.limit.unwrap_or(usize::MAX));
    let mut rows = Vec::with_capacity(pieces.len());
    for (number, chunk) in pieces.chunks(CHUNK).enumerate() {
        rows.extend(annotated(arguments, &model, &voice, number * CHUNK, chunk)?);
        if !arguments.quiet {
            explain(&format!("{} of {} pieces", rows.len(), pieces.len()));
        }
    }
    write(arguments, &rows)?;
    Ok(ExitCode::SUCCESS)
}

fn annotated(
    arguments: &AnnotateArgs,
    model: &LanguageModel,
    voice: &Voice,
    first: usize,
    pieces: &[Program],
) -> anyhow::Result<Vec<Row>> {
    let ranks = Ranks::default();
    let explainer = Explainer {
        model: &model.decoder,
        tokenizer: &model.tokenizer,
        marks: &voice.marks,
        thinking: Thinking {
            temperature: arguments.temperature,
            max_tokens: arguments.max_thought_tokens,
            rows: CHUNK.try_into().context("a chunk is not empty")?,
            seed: arguments.seed,
            step: 0,
        },
        ranks: &ranks,
    };
    let numbered: Vec<(u32, &Program)> = (first as u32..).zip(pieces).collect();
    let (trajectories, _) = explainer.explain(&numbered, 1)?;
    let plain: Vec<Trajectory> =
        numbered.iter().map(|(number, piece)| Trajectory::plain(*number, piece)).collect();
    let scoring = Scoring { batch_tokens: 4096, chunk: 1024, ranks: &ranks };
    let all: Vec<&Trajectory> = trajectories.iter().chain(&plain).collect();
    let mut scores = scoring.score(&model.decoder, &all)?;
    let without = scores.split_off(trajectories.len());
    let each = trajectories.iter().zip(scores.iter().zip(&without));
    each.map(|(trajectory, (scores, without))| row(model, trajectory, scores, without)).collect()
}

fn row(
    model: &LanguageModel,
    trajectory: &Trajectory,
    scores: &[Vec<f32>],
    without: &[Vec<f32>],
) -> anyhow::Result<Row> {
    let line = |(choice, (score, without)): (&trainer::ra3::Choice, (&Vec<f32>, &Vec<f32>))| {
        let logprob = LineScore::Mean.of(score);
        anyhow::Ok(Line {
            thought: choice.thought().map(|thought| thought.text.clone()),
            code: model.tokenizer.decode(&trajectory.tokens[choice.code.clone()])?,
            logprob,
            gain: logprob - LineScore::Mean.of(without),
        })
    };
    let each = trajectory.choices.iter().zip(scores.iter().zip(without));
    let lines = each.map(line).collect::<Result<Vec<_>, _>>()?;
    let from = trajectory.choices.first().map_or(0, |choice| choice.at);
    let text = model.tokenizer.decode(&trajectory.tokens[from..])?;
    Ok(Row { piece: trajectory.program as usize, text, lines })
}

fn write(arguments: &AnnotateArgs, rows: &[Row]) -> anyhow::Result<()> {
    let folder = &arguments.out;
    std::fs::create_dir_all(folder)
        .with_context(|| format!("failed to make `{}`", folder.display()))?;
    let mut text = Vec::new();
    for row in rows {
        serde_json::to_writer(&mut text, row)?;
        text.push(b'\n');
    }
    write_file(folder, "annotated.jsonl", &text)?;
    write_file(folder, "annotated.html", page::html(rows).as_bytes())?;
    let lines: usize = rows.iter().map(|row| row.lines.len()).sum();
    let thoughts = || rows.iter().flat_map(|row| &row.lines).filter(|it| it.thought.is_some());
    let count = thoughts().count();
    let gain: f64 = thoughts().map(|line| line.gain).sum::<f64>() / count.max(1) as f64;
    explain(&format!(
        "{count} thoughts before {lines} lines ({:.1} %), which gained {gain:+.3} nats a token in the mean: {}",
        100.0 * count as f64 / lines.max(1) as f64,
        folder.join("annotated.html").display()
    ));
    Ok(())
}
