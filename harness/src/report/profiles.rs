//! What a profile forgives by design, for readers who weigh a score.
//!
//! A profile that repeats a public grader repeats its leniency too; the numbers compare with
//! published ones for that very reason. A person who reads a report should not have to know the
//! grader's source to know what a pass is worth.

use benchmarks::Profile;

/// A sentence for everything that `profile` lets pass, or calls by another name than it deserves.
pub(super) fn forgiven(profile: Profile) -> &'static [&'static str] {
    match profile {
        Profile::HumanEval103 => &[
            SAME_PROCESS,
            "The public grader has only one word for a crash, an early exit and a program out of \
             memory: “timed out”. The outcomes here tell them apart; the pass or fail is the same.",
        ],
        Profile::EvalPlus031 => &[SAME_PROCESS, UNCOPIED, TOLERANCE, OWN_REFERENCES],
        Profile::EvalPlusMaster => &[SAME_PROCESS, UNCOPIED, TOLERANCE],
        Profile::Mbpp2021 => &[SAME_PROCESS, "Three asserts are all that decides most tasks."],
        Profile::LiveCodeBench28fef95 => &[SAME_PROCESS, SHARED_STATE, IMITATED_INPUT],
        Profile::CodeContests2022 => &[ONE_ANSWER],
        Profile::HumanEvalX2023 => &[SAME_PROCESS],
        Profile::Mini1 => &[CODE_AS_TESTS],
        Profile::Strict1 => &[NAMED_CLASSES],
    }
}

const SAME_PROCESS: &str = "The tests run in the same process as the program, as in the public \
                            grader, so a program that sets out to deceive them can pass.";

const ONE_ANSWER: &str = "Outputs are compared with one right answer, also where a problem has several, \
                          so right programs may fail.";

const SHARED_STATE: &str = "All tests of a program run in one process, so what one test leaves behind \
                            the next one finds. A problem without tests is passed by everything.";

const IMITATED_INPUT: &str = "Standard input and output are imitations: programs that iterate over \
                              one, write bytes to the other or use `global` at the top level fail \
                              although they are right.";

const CODE_AS_TESTS: &str = "Where the tests of a task are code, they run in the same process as the \
                             program, which could set out to deceive them. Returned values and \
                             printed text are compared outside.";

const NAMED_CLASSES: &str = "Where the tests of a task name a class that the program defines, its \
                             objects compare themselves; such verdicts are marked as weak.";

const UNCOPIED: &str = "A program may change its inputs before the result is compared; the public \
                        grader does not copy them.";

const TOLERANCE: &str = "Once an expected result of a task was a float, all later results of that \
                         task are compared with a tolerance.";

const OWN_REFERENCES: &str = "EvalPlus 0.3.1 fails its own references of HumanEval/32, Mbpp/255 \
                              and Mbpp/392, so a right answer to these may fail here too.";
