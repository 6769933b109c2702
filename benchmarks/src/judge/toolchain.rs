//! Candidates in the form in which they can be run again and again.

use datasets::{Language, Problem};
use sandbox::{Job, Limits, Sandbox, Tier, Toolchain};

use super::Judge;
use crate::{Error, Outcome};

/// A program that can be run.
#[derive(Debug)]
pub(super) enum Ready {
    /// The source of a Python program.
    Script(String),
    /// What a toolchain runs.
    Program(Toolchain, Vec<u8>),
}

impl<S: Sandbox> Judge<S> {
    /// The program of `source`, or why there is none: the source does not compile, or this machine
    /// lacks what compiles it, which says nothing about the source.
    pub(super) async fn made_ready(
        &self,
        problem: &Problem,
        source: String,
    ) -> Result<Result<Ready, (Outcome, String)>, Error> {
        self.made_with(problem, source, &[]).await
    }

    /// The same, with other files beside the source, by name.
    pub(super) async fn made_with(
        &self,
        problem: &Problem,
        source: String,
        headers: &[(String, String)],
    ) -> Result<Result<Ready, (Outcome, String)>, Error> {
        match usual(problem.language) {
            None => Ok(Ok(Ready::Script(source))),
            Some(toolchain) => self.made_by(toolchain, problem, source, headers).await,
        }
    }

    /// The same by a toolchain that is not the usual one of the language.
    pub(super) async fn made_by(
        &self,
        toolchain: Toolchain,
        problem: &Problem,
        source: String,
        headers: &[(String, String)],
    ) -> Result<Result<Ready, (Outcome, String)>, Error> {
        if !toolchain.is_installed() {
            let message = format!(
                "this machine has no toolchain for {}: `{}` is missing",
                toolchain.language,
                toolchain.program()
            );
            return Ok(Err((Outcome::Ungraded, message)));
        }
        let Some(job) = toolchain.compile(source.as_bytes()) else {
            return Ok(Ok(Ready::Program(toolchain, source.into_bytes())));
        };
        let job = headers.iter().fold(job, |job, (name, text)| job.file(name, text.as_bytes()));
        let execution = self.run_job(problem, job).await?;
        Ok(match Toolchain::compiled(&execution) {
            Ok(program) => Ok(Ready::Program(toolchain, program.to_vec())),
            // A compiler is a family of processes, and there is none in this tier.
            Err(_) if execution.tier == Tier::T0 => {
                let language = toolchain.language;
                let message = format!("tier {} compiles no {language}, tier t1 does", Tier::T0);
                Err((Outcome::Ungraded, message))
            }
            Err(said) => {
                let complaint = said.lines().find(|line| line.contains("error"));
                let line = complaint.or(said.lines().next()).unwrap_or_default();
                Err((Outcome::CompileError, line.chars().take(300).collect()))
            }
        })
    }

    /// The job that runs a program once.
    pub(super) fn job_of(&self, ready: &Ready, limits: Limits) -> Job {
        match ready {
            Ready::Script(source) => Job::python(&self.python, source.as_str()).limits(limits),
            Ready::Program(toolchain, program) => toolchain.run(program, limits),
        }
    }
}

/// The toolchain of a language; none of Python, which the sandbox knows by itself.
pub(super) fn usual(language: Language) -> Option<Toolchain> {
    Some(match language {
        Language::Python => return None,
        Language::Cpp => Toolchain::CPP17,
        Language::JavaScript => Toolchain::JAVASCRIPT,
        Language::TypeScript => Toolchain::TYPESCRIPT,
        Language::Go => Toolchain::GO,
        Language::Rust => Toolchain::RUST,
        Language::Java => Toolchain::JAVA,
    })
}
