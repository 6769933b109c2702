//! What was measured, for a person.

use super::sandbox::{Findings, WayFindings};

/// The findings as a table.
pub(super) fn render(findings: &Findings) -> String {
    let Findings { tier, python, cores, jobs, rounds, ways, absent } = findings;
    let mut lines = vec![
        format!(
            "one tiny program, tier {tier}, Python {python}, {cores} cores, {jobs} at a time, \
             medians of {rounds} rounds"
        ),
        format!(
            "{:<12}{:>9}{:>9}{:>10}{:>10}{:>10}",
            "", "runs/s", "slower", "cpu ms", "p50 ms", "p99 ms"
        ),
    ];
    lines.extend(ways.iter().map(line));
    lines.extend(absent.iter().cloned());
    lines.join("\n")
}

fn line(way: &WayFindings) -> String {
    format!(
        "{:<12}{:>9.0}{:>8.1}x{:>10}{:>10.2}{:>10.2}  {}",
        way.name,
        way.runs_per_second,
        way.times_slower,
        way.cpu_milliseconds.map_or_else(|| "-".to_owned(), |cpu| format!("{cpu:.2}")),
        way.latency_p50_milliseconds,
        way.latency_p99_milliseconds,
        way.meaning
    )
}
