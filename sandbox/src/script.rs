//! Python programs of ours that are run again and again.

/// A Python program in two parts, and a rehearsal.
///
/// A warm interpreter that knows a script has run its beginning before there is a job: what is defined there
/// costs a run nothing. Everywhere else both parts are one text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Script {
    /// Definitions and imports: nothing that depends on a run or must happen in each. Of parts that several
    /// scripts share, a warm interpreter reads the text once.
    pub beginning: &'static [&'static str],
    /// What a warm interpreter does a few times between the two, in the same module, so that it need not be done for
    /// the first time in each run. It leaves no trace.
    pub rehearsal: &'static str,
    /// What each run does, in the same module.
    pub end: &'static str,
}

impl Script {
    /// Both parts as one program, which rehearses nothing.
    pub fn text(&self) -> String {
        format!("{}\n\n{}", self.beginning.join("\n\n"), self.end)
    }
}
