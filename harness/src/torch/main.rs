//! The program `ra3-torch`: all that `ra3` does, and itself what needs libtorch.

mod annotate;
mod bench;
mod configuration;
mod corpus;
mod eval;
mod exam;
mod facts;
mod generate;
mod generation;
mod lab;
mod load;
mod local;
mod midtrain;
mod rlvr;
mod score;
mod serve;
mod sitting;

use std::process::ExitCode;

use harness::ModelCommand;
use harness::interrupt::Interrupt;

fn main() -> ExitCode {
    let code = harness::run(|command| match command {
        ModelCommand::Score(arguments) => score::run(arguments),
        ModelCommand::Generate(arguments) => generate::run(&arguments),
        ModelCommand::Serve(arguments) => serve::run(&arguments),
        ModelCommand::Eval(arguments) => eval::run(&arguments),
        ModelCommand::Midtrain(arguments) => midtrain::run(&arguments),
        ModelCommand::Annotate(arguments) => annotate::run(&arguments),
        ModelCommand::Rlvr(arguments) => rlvr::run(&arguments),
        ModelCommand::BenchEStep(arguments) => bench::run(&arguments),
        ModelCommand::LibtorchFacts => facts::run(),
        ModelCommand::Lab(arguments) => lab::run(arguments),
    });
    if local::is_computing() {
        let is_interrupted = code == Interrupt::exit_code();
        trainer::exit_at_once(if is_interrupted { Interrupt::EXIT } else { harness::FAILED });
    }
    code
}
