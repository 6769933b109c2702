//! A hostile program and what its first lines say about it.
//!
//! ```text
//! # verdict: memory | exit:1; t0: exit:0; none: escaped
//! # 4: the number in the list of attacks, and the idea in a sentence
//! # with: processes=8 wall=2 parts=3
//! ```
//!
//! A tier's own clause replaces the first one; that of `t1` goes for `t2` as well. `with` is optional: `parts=N` runs the program `N`
//! times, each time with another `part` among the facts in its input, `report=N` opens the report
//! channel, and `quick` says that it must not be waited for.

use std::collections::HashMap;
use std::fs;
use std::path::Path;
use std::time::Duration;

use sandbox::{Limits, Tier};

use crate::expectation::Expectation;

/// A program to run, and the verdict it must get.
#[derive(Clone, Debug)]
pub(crate) struct Program {
    pub(crate) name: String,
    pub(crate) source: Vec<u8>,
    pub(crate) settings: Settings,
    expected: Expectation,
    expected_in: HashMap<String, Expectation>,
}

/// What a program needs other than usual.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Settings {
    pub(crate) processes: u32,
    pub(crate) cpu: Duration,
    pub(crate) wall: Duration,
    pub(crate) report: u64,
    pub(crate) parts: u32,
    pub(crate) quick: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            processes: 1,
            cpu: Duration::from_secs(1),
            wall: Duration::from_secs(15),
            report: 0,
            parts: 1,
            quick: false,
        }
    }
}

impl Program {
    /// Small, so that reaching one costs little; the wall clock is generous, for a machine at work.
    pub(crate) fn limits(&self) -> Limits {
        const MIB: u64 = 1 << 20;
        Limits {
            cpu: self.settings.cpu,
            wall: self.settings.wall,
            memory: 256 * MIB,
            processes: self.settings.processes,
            output: MIB,
            file_size: 4 * MIB,
            scratch: 16 * MIB,
            ..Limits::default()
        }
    }

    /// Every program in `folder`, by name.
    pub(crate) fn load_all(folder: &Path) -> Vec<Self> {
        let entries = fs::read_dir(folder).expect("the programs can be listed");
        let mut paths: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
        paths.retain(|path| path.extension().is_some_and(|extension| extension == "py"));
        paths.sort();
        paths.iter().map(|path| Self::load(path)).collect()
    }

    fn load(path: &Path) -> Self {
        let name = path.file_stem().expect("it has a name").to_string_lossy().into_owned();
        let source = fs::read(path).expect("the program can be read");
        Self::parse(&name, source).unwrap_or_else(|reason| panic!("{name}: {reason}"))
    }

    fn parse(name: &str, source: Vec<u8>) -> Result<Self, String> {
        let text = String::from_utf8_lossy(&source).into_owned();
        let mut lines = text.lines();
        let verdict = lines.next().and_then(|line| line.strip_prefix("# verdict: "));
        let mut clauses = verdict.ok_or("the first line names no verdict")?.split(';');
        let expected = clauses.next().unwrap_or_default().parse()?;
        let expected_in = clauses
            .map(|clause| {
                let (tier, verdicts) = clause.split_once(':').ok_or("a clause names no tier")?;
                Ok((tier.trim().to_owned(), verdicts.parse()?))
            })
            .collect::<Result<_, String>>()?;
        if !lines.next().is_some_and(|idea| idea.starts_with("# ") && idea.contains(": ")) {
            return Err("the second line tells no idea".into());
        }
        let settings = lines.next().and_then(|line| line.strip_prefix("# with: "));
        let settings = settings.map_or(Ok(Settings::default()), Settings::parse)?;
        Ok(Self { name: name.to_owned(), source, settings, expected, expected_in })
    }

    /// The verdict it must get in `tier`; without isolation only some programs are of interest.
    pub(crate) fn expected(&self, tier: Tier) -> Option<&Expectation> {
        let of = |tier: Tier| self.expected_in.get(&tier.to_string());
        // What the kernel keeps for a whole tree changes nothing about the namespaces around it.
        let own = of(tier).or_else(|| of(Tier::T1).filter(|_| tier == Tier::T2));
        if tier == Tier::None { own } else { Some(own.unwrap_or(&self.expected)) }
    }

    /// The program's name, with the number of the part if there are several.
    pub(crate) fn part_name(&self, part: u32) -> String {
        if self.settings.parts == 1 {
            return self.name.clone();
        }
        format!("{} part {part}", self.name)
    }
}

impl Settings {
    fn parse(text: &str) -> Result<Self, String> {
        let mut settings = Self::default();
        for word in text.split_whitespace() {
            let (name, value) = word.split_once('=').unwrap_or((word, "1"));
            let value: u32 = value.parse().map_err(|_| format!("no number in `{word}`"))?;
            let seconds = Duration::from_secs(value.into());
            match name {
                "processes" => settings.processes = value,
                "cpu" => settings.cpu = seconds,
                "wall" => settings.wall = seconds,
                "report" => settings.report = value.into(),
                "parts" => settings.parts = value,
                "quick" => settings.quick = true,
                _ => return Err(format!("there is no setting `{name}`")),
            }
        }
        Ok(settings)
    }
}

#[test]
fn the_first_lines_say_what_to_expect() {
    let source = "# verdict: memory | exit:1; t0: idle\n# 4: idea\n# with: processes=8 quick\n";
    let program = Program::parse("name", source.into()).unwrap();
    assert_eq!(program.expected(Tier::T1).unwrap().to_string(), "memory or exit:1");
    assert_eq!(program.expected(Tier::T0).unwrap().to_string(), "idle");
    assert!(program.expected(Tier::None).is_none());
    assert_eq!((program.settings.processes, program.settings.quick), (8, true));
    let source = "# verdict: idle; t1: signal:4\n# 4: idea\n";
    let in_groups = Program::parse("name", source.into()).unwrap();
    assert_eq!(in_groups.expected(Tier::T2).unwrap().to_string(), "signal:4");
    for wrong in ["pass", "# verdict: x\n# 1: y", "# verdict: idle\npass", "# verdict: idle; t0"] {
        assert!(Program::parse("name", wrong.into()).is_err(), "{wrong}");
    }
}
