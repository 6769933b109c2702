//! How programs of other languages than Python are compiled and run: one small table.
//!
//! Compilers are large programs that read a source which somebody hostile wrote, so they run in the
//! sandbox like any other program, as a family of processes. What they make comes out through the
//! report channel and goes into the working folder of the job that runs it. Nothing can be executed
//! from a working folder; a compiled program is therefore loaded by the system's own loader, which is
//! how the kernel would start it too.
//!
//! A toolchain is found where the system keeps its programs, and nowhere else, because nothing else is
//! visible in the sandbox.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use crate::{Ending, Execution, Job, Limits};

/// What turns a source into a running program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Toolchain {
    /// The name of the language.
    pub language: &'static str,
    /// The program that must be there, and the argument by which it tells its version.
    probe: (&'static str, &'static str),
    /// What the file with the source is called.
    source: &'static str,
    /// The shell command that makes `program` of the source; empty where nothing is compiled.
    compile: &'static str,
    /// The command that runs `program`, or the source where nothing is compiled.
    run: (&'static str, &'static [&'static str]),
    /// Address space beside the memory limit: some runtimes reserve much that they never use.
    reserve: u64,
}

/// The system's loader of dynamically linked programs.
const LOADER: &str = "/lib64/ld-linux-x86-64.so.2";

/// What a compiler may use. The standard headers of C++ alone take seconds on a busy machine.
const COMPILING: Duration = Duration::from_secs(60);

/// The largest program that is taken from a compiler.
const PROGRAM: u64 = 64 << 20;

impl Toolchain {
    /// C++17 by g++, optimised as judges of contests do, with OpenSSL where it is installed.
    pub const CPP17: Self = Self {
        language: "c++17",
        probe: ("/usr/bin/g++", "--version"),
        source: "main.cpp",
        compile: "for name in ssl crypto; do \
                  test -e /usr/lib/x86_64-linux-gnu/lib$name.so && libraries=\"$libraries -l$name\"; done; \
                  g++ -std=c++17 -O2 -DONLINE_JUDGE -pipe -o program main.cpp $libraries",
        run: (LOADER, &["./program"]),
        reserve: 0,
    };

    /// C++20 by g++.
    pub const CPP20: Self = Self {
        language: "c++20",
        compile: "g++ -std=c++20 -O2 -DONLINE_JUDGE -pipe -o program main.cpp",
        ..Self::CPP17
    };

    /// C by gcc.
    pub const C: Self = Self {
        language: "c",
        probe: ("/usr/bin/gcc", "--version"),
        source: "main.c",
        compile: "gcc -O2 -DONLINE_JUDGE -pipe -o program main.c -lm",
        ..Self::CPP17
    };

    /// JavaScript by node.
    pub const JAVASCRIPT: Self = Self {
        language: "javascript",
        probe: ("/usr/bin/node", "--version"),
        source: "main.js",
        compile: "",
        run: ("/usr/bin/node", &["main.js"]),
        reserve: 64 << 30,
    };

    /// Go, whose compiler needs no cache but a folder for one.
    pub const GO: Self = Self {
        language: "go",
        probe: ("/usr/bin/go", "version"),
        source: "main.go",
        compile: "GOCACHE=$PWD/cache GO111MODULE=off /usr/bin/go build -o program main.go",
        run: (LOADER, &["./program"]),
        reserve: 16 << 30,
    };

    /// Rust by rustc.
    pub const RUST: Self = Self {
        language: "rust",
        probe: ("/usr/bin/rustc", "--version"),
        source: "main.rs",
        compile: "/usr/bin/rustc --edition 2021 -O -o program main.rs",
        run: (LOADER, &["./program"]),
        reserve: 0,
    };

    /// Every toolchain of the table.
    pub const ALL: [Self; 6] =
        [Self::CPP17, Self::CPP20, Self::C, Self::JAVASCRIPT, Self::GO, Self::RUST];

    /// Whether this machine has it.
    pub fn is_installed(&self) -> bool {
        Path::new(self.probe.0).exists()
    }

    /// The first line in which it tells its version; `None` where this machine does not have it.
    pub fn version(&self) -> Option<String> {
        let (program, argument) = self.probe;
        let output = Command::new(program).arg(argument).output().ok()?;
        let text = String::from_utf8_lossy(&output.stdout);
        output.status.success().then(|| text.lines().next().unwrap_or_default().to_owned())
    }

    /// The program that this machine lacks, for people.
    pub fn program(&self) -> &'static str {
        self.probe.0
    }

    /// The job that compiles `source`; `None` where nothing is compiled.
    ///
    /// Its program is in [`Execution::report`] when it has ended well; see [`Toolchain::compiled`].
    pub fn compile(&self, source: &[u8]) -> Option<Job> {
        if self.compile.is_empty() {
            return None;
        }
        let script = format!("({}) && exec cat program >&3", self.compile);
        let limits = Limits {
            cpu: COMPILING,
            wall: 4 * COMPILING,
            memory: 2 << 30,
            processes: 64,
            file_size: PROGRAM,
            scratch: 4 * PROGRAM,
            ..Limits::default()
        };
        Some(
            Job::command("/bin/sh", ["-c", script.as_str()])
                .file(self.source, source)
                .report(PROGRAM)
                .limits(limits),
        )
    }

    /// The program that a compiling job made, or what the compiler said in its place.
    pub fn compiled(execution: &Execution) -> Result<&[u8], String> {
        match execution.ending {
            Ending::Exited(0) if !execution.report.bytes.is_empty() => Ok(&execution.report.bytes),
            Ending::Exited(_) => Err(execution.stderr.text().into_owned()),
            ending => Err(format!("the compiler {ending}")),
        }
    }

    /// The job that runs `program`, which is the source where nothing is compiled. Its limits are
    /// `limits`, with what the runtime reserves.
    pub fn run(&self, program: &[u8], limits: Limits) -> Job {
        let name = if self.compile.is_empty() { self.source } else { "program" };
        let address_space = match self.reserve {
            0 => limits.address_space,
            reserve => Some(2 * limits.memory + reserve),
        };
        // The program itself is in the folder that it may fill.
        let scratch = limits.scratch + program.len() as u64;
        let (program_path, arguments) = self.run;
        Job::command(program_path, arguments.iter().copied()).file(name, program).limits(Limits {
            address_space,
            scratch,
            ..limits
        })
    }
}
