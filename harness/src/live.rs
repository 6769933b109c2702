//! An evaluation of a model that still answers: `ra3 eval`.
//!
//! Answers go to `answers.jsonl` in the folder of the run, and each is judged the moment it is safe
//! there. So two journals tell where an interrupted evaluation stood, one of answers and one of
//! verdicts, and the next sitting asks and judges only what they lack. A verdict whose answer is
//! missing does not count. At the end both are put into the order of the benchmark, and what the
//! folder holds then is what `ra3 judge` on the same answers would have left.
//!
//! Who answers is not known here: see [`Source`].

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use anyhow::{Context, bail};
use datasets::{Content, Dataset};
use serde_json::json;
use tokio::sync::mpsc::unbounded_channel;

use crate::answers::{AnswerFile, Plan, Slot, Source, Unanswered, gather};
use crate::commands::eval::EvalArgs;
use crate::commands::judge::{JudgeArgs, quoted, require_a_verdict};
use crate::commands::{explain, print};
use crate::court::{Court, absolute};
use crate::evaluation::{Ended, Evaluation};
use crate::interrupt::Interrupt;
use crate::run_directory::{
    ANSWERS, AnswersTally, Entry, ModelConfig, Place, RunConfig, RunDirectory, SamplesIdentity,
    UNANSWERED, require_free, write_file,
};
use crate::samples::Sample;
use crate::scoreboard::Scoreboard;
use crate::summary::Run;

/// An evaluation that was asked for, found possible and not begun.
pub struct LiveEvaluation {
    judging: JudgeArgs,
    dataset: Dataset,
    plan: Arc<Plan>,
    folder: PathBuf,
    model: ModelConfig,
    /// The run that is gone on with.
    earlier: Option<RunConfig>,
    quiet: bool,
    json: bool,
}

impl LiveEvaluation {
    /// Read and check what was asked for.
    ///
    /// # Errors
    ///
    /// There is no such benchmark here, or the folder holds something else, or the run that is to be
    /// gone on with is another one.
    pub fn of(arguments: &EvalArgs) -> anyhow::Result<Self> {
        let folder = arguments.folder()?;
        let earlier = if arguments.resume {
            Some(RunConfig::read(&folder)?)
        } else {
            // No option replaces the run: answers cost time and money.
            let another = quoted(&Place::beside(&folder));
            require_free(&folder, &format!("`--out {another}` begins another"))?;
            None
        };
        let model = arguments.model_config()?;
        let judging = arguments.judging();
        let dataset = Court::dataset(&judging)?;
        let sampling = &model.sampling;
        let manner = sampling.manner(dataset.benchmark);
        let plan = Plan::of(&dataset, model.problems, manner, sampling.samples_per_task)?;
        let (quiet, json) = (arguments.quiet, arguments.json);
        Ok(Self { judging, dataset, plan: Arc::new(plan), folder, model, earlier, quiet, json })
    }

    /// What is asked.
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// Whether the model called `name` answered before, at another address than it is to answer now.
    pub(crate) fn is_move_of(&self, name: &str) -> bool {
        let earlier = self.earlier.as_ref().and_then(|earlier| earlier.model.as_ref());
        earlier.is_some_and(|it| it.name.as_deref() == Some(name) && it.place != self.model.place)
    }

    /// Ask and judge, and print what it comes to.
    ///
    /// # Errors
    ///
    /// The model cannot be asked, or we failed to judge; what was answered and judged is kept.
    pub async fn run(
        mut self,
        source: impl Source,
        name: Option<String>,
    ) -> anyhow::Result<ExitCode> {
        let mut interrupt = Interrupt::listen()?;
        let (quiet, json) = (self.quiet, self.json);
        let price = self.model.remote.price;
        self.model.name = name;
        let (mut evaluation, mut file, plan) = self.begin().await?;
        let folder = evaluation.folder().to_owned();
        explain(&format!("results: {}", folder.display()));
        let again = format!("ra3 eval --resume --out {}", quoted(&folder));
        let mut unanswered = Vec::new();
        let proceeding =
            ask_and_judge(&mut evaluation, source, &plan, &mut file, &mut unanswered, quiet);
        let (ended, asked) = tokio::select! {
            asked = proceeding => (Ended::Finished, asked),
            () = interrupt.asked() => (Ended::Interrupted, Ok(())),
        };
        // However it ended, what failed is listed. Why it ended is said first.
        let listed = list_unanswered(&folder, &plan, &unanswered);
        asked.with_context(|| format!("stopped, `{again}` goes on"))?;
        listed?;
        if ended == Ended::Interrupted {
            let (judged, total) = evaluation.judged_of_total();
            let answered = file.counts().answers;
            explain(&format!(
                "interrupted at {answered} of {total} answers, {judged} of them judged; to go on: \
                 {again}"
            ));
            return Ok(Interrupt::exit_code());
        }
        let counts = file.counts();
        file.finish()?;
        if let (0, Some(first)) = (counts.answers, unanswered.first()) {
            bail!(
                "no request was answered, the first because {}; to try again: {again}",
                first.why
            );
        }
        let tally = AnswersTally {
            unanswered: unanswered.len(),
            usage: counts.usage,
            uncounted: counts.uncounted,
            shortened: counts.shortened,
            cost: price.map(|price| price.of(counts.usage)),
        };
        let run = finish(evaluation, &plan, tally, &unanswered)
            .with_context(|| format!("`{again}` tries again to write"))?;
        let board = Scoreboard { run: &run, folder: &folder };
        print(&if json { board.json_text() } else { board.table() })?;
        require_a_verdict(&run)?;
        if let Some(first) = unanswered.first() {
            let count = unanswered.len();
            bail!(
                "{count} of {} requests failed, the first because {}; to ask again: {again}",
                plan.total(),
                first.why
            );
        }
        Ok(ExitCode::SUCCESS)
    }

    /// Open the folder, with what is in it already.
    async fn begin(self) -> anyhow::Result<(Evaluation, AnswerFile, Arc<Plan>)> {
        let Self { judging, dataset, plan, folder, model, earlier, .. } = self;
        let benchmark = dataset.benchmark;
        let court = Court::convene(&judging, dataset).await?;
        let identity = match &earlier {
            Some(earlier) => earlier.samples.clone(),
            None => {
                SamplesIdentity { path: absolute(&folder.join(ANSWERS))?, ..Default::default() }
            }
        };
        let mut config = court.config(&judging, identity)?;
        config.model = Some(model);
        let (directory, entries) = match &earlier {
            None => (RunDirectory::begin(&folder, &config)?, Vec::new()),
            Some(earlier) => {
                let differences = config.differences(earlier);
                if !differences.is_empty() {
                    bail!("cannot resume `{}`: {}", folder.display(), differences.join("; "));
                }
                tell_of_move(&config, earlier);
                config.started.clone_from(&earlier.started);
                RunDirectory::resume(&folder, &config)?
            }
        };
        let file = AnswerFile::open(&folder.join(ANSWERS), &plan, true)?;
        let samples = plan.slots().map(|slot| {
            let line = file.line(slot).map(|line| {
                Sample::of_line(line, benchmark, &plan.problems[slot.task], slot.sample)
            });
            Ok(line.transpose()?.map(Arc::new))
        });
        let samples = samples.collect::<anyhow::Result<Vec<_>>>()?;
        let entries = entries.into_iter().filter_map(|entry| {
            // The place of an answer is another when more answers are wanted than last time.
            let slot = plan.find(&entry.row.task_id, entry.row.sample as u32)?;
            file.line(slot).map(|_| Entry { place: plan.place(slot), ..entry })
        });
        let judging = court.judging(&config);
        let evaluation = Evaluation::with(config, judging, directory, samples, entries.collect());
        Ok((evaluation, file, plan))
    }
}

/// Say that answers come from elsewhere now, where they do.
fn tell_of_move(now: &RunConfig, earlier: &RunConfig) {
    if let (Some(now), Some(earlier)) = (&now.model, &earlier.model)
        && now.has_moved_from(earlier)
    {
        explain(&now.told_of_move(earlier));
    }
}

/// Ask for what is missing and judge it as it comes.
async fn ask_and_judge(
    evaluation: &mut Evaluation,
    source: impl Source,
    plan: &Arc<Plan>,
    file: &mut AnswerFile,
    unanswered: &mut Vec<Unanswered>,
    quiet: bool,
) -> anyhow::Result<()> {
    let (queue, waiting) = unbounded_channel();
    for sample in evaluation.waiting() {
        queue.send(sample).context("nobody judges")?;
    }
    let answered = Arc::new(AtomicUsize::new(file.counts().answers));
    let mut progress = evaluation.progress(quiet).beside(Arc::clone(&answered));
    let benchmark = evaluation.benchmark();
    let asking = async {
        // Dropped at the end, which tells the judge that nothing more comes.
        let queue = queue;
        let observe = |slot: Slot, line: &str| {
            answered.fetch_add(1, Ordering::Relaxed);
            let problem = &plan.problems[slot.task];
            let sample = Sample::of_line(line, benchmark, problem, slot.sample)?;
            queue.send((plan.place(slot), Arc::new(sample))).context("judging ended early")
        };
        gather(source, plan, file, unanswered, observe).await
    };
    let judging = evaluation.judge_as_they_come(waiting, &mut progress);
    let (asked, judged) = tokio::join!(asking, judging);
    progress.end();
    // Why judging ended says more than that nobody judges.
    judged?;
    asked
}

/// Say which answers are missing, and why.
fn list_unanswered(folder: &Path, plan: &Plan, unanswered: &[Unanswered]) -> anyhow::Result<()> {
    let rows = unanswered.iter().map(|Unanswered { slot, why }| {
        let task_id = &plan.problems[slot.task].id;
        format!("{}\n", json!({"task_id": task_id, "sample": slot.sample, "error": why}))
    });
    write_file(folder, UNANSWERED, rows.collect::<String>().as_bytes())
}

/// Write the results over what was answered.
fn finish(
    mut evaluation: Evaluation,
    plan: &Plan,
    tally: AnswersTally,
    unanswered: &[Unanswered],
) -> anyhow::Result<Run> {
    let folder = evaluation.folder().to_owned();
    let content = Content::read(&folder.join(ANSWERS))?;
    let tasks = plan.problems.len();
    let empty = (0..tasks).filter(|&task| {
        let missing = unanswered.iter().filter(|it| it.slot.task == task).count();
        missing == plan.samples as usize
    });
    let missing_tasks = empty.count();
    let config = evaluation.config_mut();
    config.samples.sha256 = content.sha256;
    config.samples.count = plan.total() - unanswered.len();
    config.samples.missing_tasks = missing_tasks;
    config.samples.unasked = config.data.tasks - tasks;
    config.answers = Some(tally);
    config.write(&folder)?;
    evaluation.finish()
}
