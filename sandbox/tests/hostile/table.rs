//! What became of every program, for a person to read.

use std::fmt;
use std::time::Duration;

use sandbox::{Captured, Error, Execution, Tier};

/// One program in one tier.
pub(crate) struct Row {
    pub(crate) name: String,
    pub(crate) execution: Result<Execution, Error>,
    pub(crate) took: Duration,
    pub(crate) complaint: Option<String>,
}

/// All programs in one tier.
pub(crate) struct Table {
    tier: Tier,
    rows: Vec<Row>,
    leftovers: Vec<String>,
}

impl Table {
    pub(crate) fn new(tier: Tier) -> Self {
        Self { tier, rows: Vec::new(), leftovers: Vec::new() }
    }

    pub(crate) fn extend(&mut self, rows: Vec<Row>) {
        self.rows.extend(rows);
        self.rows.sort_by(|a, b| a.name.cmp(&b.name));
    }

    pub(crate) fn add_leftovers(&mut self, leftovers: Vec<String>) {
        self.leftovers.extend(leftovers);
    }

    pub(crate) fn is_clean(&self) -> bool {
        self.leftovers.is_empty() && self.rows.iter().all(|row| row.complaint.is_none())
    }

    /// The rows that are not as they must be, with all that is known about them.
    pub(crate) fn failures(&self) -> String {
        let mut text = String::new();
        for row in self.rows.iter().filter(|row| row.complaint.is_some()) {
            text += &format!("\n  {row}");
            if let Ok(execution) = &row.execution {
                text += &excerpt("stdout", &execution.stdout);
                text += &excerpt("stderr", &execution.stderr);
            }
        }
        for leftover in &self.leftovers {
            text += &format!("\n  left behind: {leftover}");
        }
        text
    }
}

/// The last words of a stream.
fn excerpt(name: &str, stream: &Captured) -> String {
    const MOST: usize = 300;
    let text: Vec<char> = stream.text().trim_end().chars().collect();
    if text.is_empty() {
        return String::new();
    }
    let end: String = text[text.len().saturating_sub(MOST)..].iter().collect();
    format!("\n      {name}: {}", end.replace('\n', "\n        ").escape_debug())
}

impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:<44} ", self.name)?;
        match &self.execution {
            Ok(execution) => {
                let usage = execution.usage;
                write!(
                    f,
                    "{:<16} cpu {:>5.2} wall {:>5.2} took {:>5.2} memory {:>4} MiB",
                    format!("{:?}", execution.ending),
                    usage.cpu.as_secs_f64(),
                    usage.wall.as_secs_f64(),
                    self.took.as_secs_f64(),
                    usage.memory >> 20,
                )?;
            }
            Err(_) => f.write_str("(no execution)")?,
        }
        self.complaint.as_ref().map_or(Ok(()), |complaint| write!(f, "  <- {complaint}"))
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for row in &self.rows {
            writeln!(f, "{row}")?;
        }
        let wrong = self.rows.iter().filter(|row| row.complaint.is_some()).count();
        write!(
            f,
            "{}: {} runs, {wrong} not as they must be, {} things left behind",
            self.tier,
            self.rows.len(),
            self.leftovers.len()
        )
    }
}
