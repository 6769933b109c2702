//! The verdicts that a program may get, as its first line names them.

use std::fmt;
use std::str::FromStr;

use sandbox::{Ending, Execution};

/// One or more verdicts, any of which is right.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Expectation(Vec<Verdict>);

/// What happened to a program, in the words of the first lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// It tried an attack, saw it refused, and said so: output `blocked`, exit code 0.
    Blocked,
    /// It tried an attack, which succeeded, and said so. Right only where nothing isolates.
    Escaped,
    /// `exit:N`.
    Exit(i32),
    /// Any exit code but 0.
    ExitNonzero,
    /// `signal:N`.
    Signal(i32),
    CpuLimit,
    Idle,
    Memory,
    ProcessLimit,
    OutputLimit,
    Violation,
}

impl Expectation {
    /// Whether `execution` got one of these verdicts, and no attack succeeded that must not.
    pub(crate) fn allows(&self, execution: &Execution) -> bool {
        let escape_is_right = self.0.contains(&Verdict::Escaped);
        (escape_is_right || !has_escaped(execution))
            && self.0.iter().any(|verdict| verdict.fits(execution))
    }
}

impl Verdict {
    fn fits(self, execution: &Execution) -> bool {
        match self {
            Self::Blocked => {
                execution.ending == Ending::Exited(0) && execution.stdout.bytes == b"blocked\n"
            }
            Self::Escaped => has_escaped(execution),
            Self::Exit(code) => execution.ending == Ending::Exited(code),
            Self::ExitNonzero => matches!(execution.ending, Ending::Exited(code) if code != 0),
            Self::Signal(signal) => execution.ending == Ending::Signalled(signal),
            Self::CpuLimit => execution.ending == Ending::CpuLimit,
            Self::Idle => execution.ending == Ending::Idle,
            Self::Memory => execution.out_of_memory(),
            Self::ProcessLimit => execution.ending == Ending::ProcessLimit,
            Self::OutputLimit => execution.ending == Ending::OutputLimit,
            Self::Violation => execution.ending == Ending::Violation,
        }
    }
}

fn has_escaped(execution: &Execution) -> bool {
    [&execution.stdout, &execution.stderr, &execution.report]
        .iter()
        .any(|stream| stream.text().contains("ESCAPED"))
}

impl FromStr for Expectation {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        text.split('|').map(|verdict| verdict.trim().parse()).collect::<Result<_, _>>().map(Self)
    }
}

impl FromStr for Verdict {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let number = |digits: &str| digits.parse().map_err(|_| format!("no number in `{text}`"));
        Ok(match text.split_once(':') {
            Some(("exit", "nonzero")) => Self::ExitNonzero,
            Some(("exit", code)) => Self::Exit(number(code)?),
            Some(("signal", signal)) => Self::Signal(number(signal)?),
            _ => match text {
                "blocked" => Self::Blocked,
                "escaped" => Self::Escaped,
                "cpu-limit" => Self::CpuLimit,
                "idle" => Self::Idle,
                "memory" => Self::Memory,
                "process-limit" => Self::ProcessLimit,
                "output-limit" => Self::OutputLimit,
                "violation" => Self::Violation,
                _ => return Err(format!("there is no verdict `{text}`")),
            },
        })
    }
}

impl fmt::Display for Expectation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, verdict) in self.0.iter().enumerate() {
            let separator = if index > 0 { " or " } else { "" };
            write!(f, "{separator}{verdict}")?;
        }
        Ok(())
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Blocked => f.write_str("blocked"),
            Self::Escaped => f.write_str("escaped"),
            Self::Exit(code) => write!(f, "exit:{code}"),
            Self::ExitNonzero => f.write_str("exit:nonzero"),
            Self::Signal(signal) => write!(f, "signal:{signal}"),
            Self::CpuLimit => f.write_str("cpu-limit"),
            Self::Idle => f.write_str("idle"),
            Self::Memory => f.write_str("memory"),
            Self::ProcessLimit => f.write_str("process-limit"),
            Self::OutputLimit => f.write_str("output-limit"),
            Self::Violation => f.write_str("violation"),
        }
    }
}

#[test]
fn verdicts_are_read_as_they_are_shown() {
    let text = "blocked | exit:3 | exit:nonzero | signal:9 | cpu-limit | memory";
    let expectation: Expectation = text.parse().unwrap();
    assert_eq!(expectation.to_string(), text.replace('|', "or"));
    assert!("surprised".parse::<Expectation>().is_err());
    assert!("exit:x".parse::<Expectation>().is_err());
}
