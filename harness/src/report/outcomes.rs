//! What each outcome is called, and the sentence that explains it.

use benchmarks::Outcome;

/// All outcomes in the order in which bars and lists show them.
pub(super) const ORDER: [Outcome; 14] = [
    Outcome::Accepted,
    Outcome::WrongAnswer,
    Outcome::PresentationError,
    Outcome::RuntimeError,
    Outcome::CompileError,
    Outcome::NoCode,
    Outcome::TimeLimit,
    Outcome::Idle,
    Outcome::MemoryLimit,
    Outcome::OutputLimit,
    Outcome::EarlyExit,
    Outcome::SecurityViolation,
    Outcome::CheckerFailed,
    Outcome::Ungraded,
];

/// The outcome as it is spelt in `verdicts.jsonl`, in the style sheet and in links.
pub(super) fn key(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Accepted => "accepted",
        Outcome::WrongAnswer => "wrong_answer",
        Outcome::PresentationError => "presentation_error",
        Outcome::RuntimeError => "runtime_error",
        Outcome::CompileError => "compile_error",
        Outcome::NoCode => "no_code",
        Outcome::TimeLimit => "time_limit",
        Outcome::Idle => "idle",
        Outcome::MemoryLimit => "memory_limit",
        Outcome::OutputLimit => "output_limit",
        Outcome::EarlyExit => "early_exit",
        Outcome::SecurityViolation => "security_violation",
        Outcome::CheckerFailed => "checker_failed",
        Outcome::Ungraded => "ungraded",
    }
}

/// The outcome in words.
pub(super) fn label(outcome: Outcome) -> String {
    key(outcome).replace('_', " ")
}

/// What happened, in one sentence.
pub(super) fn meaning(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Accepted => "Every test passed.",
        Outcome::WrongAnswer => "It ran to its end and a test found a wrong result.",
        Outcome::PresentationError => "Its output is not of the form that was asked for.",
        Outcome::RuntimeError => "It raised an exception, exited with an error or crashed.",
        Outcome::CompileError => "The text is not a program.",
        Outcome::NoCode => "The answer held no program.",
        Outcome::TimeLimit => "It used up its processor time.",
        Outcome::Idle => "It waited until its wall-clock time was up.",
        Outcome::MemoryLimit => "It used up its memory.",
        Outcome::OutputLimit => "It wrote too much.",
        Outcome::EarlyExit => "It ended before the tests were through.",
        Outcome::SecurityViolation => "It made a system call that no honest program makes.",
        Outcome::CheckerFailed => {
            "The program that was to check the answer failed: no score counts these samples."
        }
        Outcome::Ungraded => {
            "It could not be judged: nothing is known about these samples and no score counts them."
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_those_of_the_verdict_file() {
        for outcome in ORDER {
            assert_eq!(serde_json::to_value(outcome).unwrap(), key(outcome));
        }
    }

    #[test]
    fn every_outcome_has_a_colour() {
        let style = include_str!("style.css");
        for outcome in ORDER {
            assert!(style.contains(&format!(".o-{} ", key(outcome))), "{outcome:?}");
        }
    }
}
