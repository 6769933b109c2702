//! How programs of other languages than Python are compiled and run: one small table.
//!
//! Compilers are large programs that read a source which somebody hostile wrote, so they run in the
//! sandbox like any other program, as a family of processes. What they make comes out through the
//! report channel and goes into the working folder of the job that runs it. Nothing can be executed
//! from a working folder; a compiled program is therefore loaded by the system's own loader, which is
//! how the kernel would start it too.
//!
//! A toolchain is found where the system keeps its programs, and nowhere else, because nothing else is
//! visible in the sandbox. What a distribution keeps by links through `/etc` is followed here, since
//! those links are not visible there.

use std::path::{Path, PathBuf};
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
    /// What the file with the source is called. In it, [`CLASS`] is that of a Java program.
    source: &'static str,
    /// The shell command that makes `program` of the source; empty where nothing is compiled. In it,
    /// `$0` is the program that must be there, and `$1` the class of a Java program.
    compile: &'static str,
    /// The command that runs `program`, or the source where nothing is compiled. In it, [`HEAP`] is the
    /// memory limit in MiB.
    run: (&'static str, &'static [&'static str]),
    /// What the runtime takes beside the program.
    runtime: Runtime,
}

/// What a language's runtime takes, whatever the program does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Runtime {
    /// Address space: some reserve much that they never use.
    address_space: u64,
    /// Memory.
    memory: u64,
    /// A file beside the program that must be there, in whose folder it keeps its settings. Where that
    /// is a link, the folder that it leads to.
    settings: Option<&'static str>,
}

impl Runtime {
    const NONE: Self = Self { address_space: 0, memory: 0, settings: None };
}

/// Stands for the memory limit in MiB.
const HEAP: &str = "{heap}";

/// Stands for the class that a Java program begins with.
const CLASS: &str = "{class}";

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
        runtime: Runtime::NONE,
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
        // The settings of OpenSSL lie where a program may not look, and node would not start without.
        run: ("/usr/bin/node", &["--openssl-config=/dev/null", "main.js"]),
        runtime: Runtime { address_space: 64 << 30, ..Runtime::NONE },
    };

    /// TypeScript, whose types are checked and which node then runs.
    pub const TYPESCRIPT: Self = Self {
        language: "typescript",
        probe: ("/usr/bin/tsc", "--version"),
        source: "main.ts",
        compile: "\"$0\" --target es2022 --module commonjs --strict false --skipLibCheck main.ts >&2 \
                  && mv main.js program",
        run: ("/usr/bin/node", &["--openssl-config=/dev/null", "program"]),
        ..Self::JAVASCRIPT
    };

    /// Go, whose compiler needs no cache but a folder for one. The C compiler links, since what Go links
    /// by itself is no program that a loader can load; and a position independent one, which is, would
    /// have all of Go's library compiled with it.
    pub const GO: Self = Self {
        language: "go",
        probe: ("/usr/bin/go", "version"),
        source: "main.go",
        compile: "GOCACHE=$PWD/cache GO111MODULE=off \"$0\" build -ldflags=-linkmode=external -o program main.go",
        run: (LOADER, &["./program"]),
        runtime: Runtime { address_space: 16 << 30, ..Runtime::NONE },
    };

    /// Go's tests, functions that take a `*testing.T`, in files that are called so.
    pub const GO_TESTS: Self = Self {
        source: "main_test.go",
        compile: "GOCACHE=$PWD/cache GO111MODULE=off \
                  \"$0\" test -c -ldflags=-linkmode=external -o program *_test.go",
        ..Self::GO
    };

    /// Java by the JDK's compiler. The file is named after the class that is public in it.
    pub const JAVA: Self = Self {
        language: "java",
        probe: ("/usr/bin/javac", "-version"),
        source: "{class}.java",
        compile: "\"$0\" -J-XX:+UseSerialGC -J-XX:TieredStopAtLevel=1 -encoding UTF-8 -nowarn -d classes *.java && \
                  \"${0%c}\" -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -m jdk.jartool/sun.tools.jar.Main \
                  --create --file program --main-class \"$1\" -C classes .",
        run: (
            "/usr/bin/java",
            &[
                "-XX:+UseSerialGC",
                "-XX:-UsePerfData",
                "-Xss64m",
                "-Xmx{heap}m",
                "-ea",
                "-jar",
                "program",
            ],
        ),
        runtime: Runtime {
            address_space: 16 << 30,
            memory: 128 << 20,
            settings: Some("../lib/jvm.cfg"),
        },
    };

    /// Rust by rustc. It would link by `cc`, which is a link to a link to gcc on Debian, and those are not
    /// there.
    pub const RUST: Self = Self {
        language: "rust",
        probe: ("/usr/bin/rustc", "--version"),
        source: "main.rs",
        compile: "\"$0\" --edition 2021 -C linker=gcc -O -o program main.rs",
        run: (LOADER, &["./program"]),
        runtime: Runtime::NONE,
    };

    /// Rust's tests. Every other source beside the program is a crate that it may name.
    pub const RUST_TESTS: Self = Self {
        compile: "for crate in *.rs; do crate=${crate%.rs}; test $crate != main || continue; \
                  grep -q \"$crate\" main.rs || continue; \
                  \"$0\" --edition 2021 --crate-type lib $crate.rs; \
                  externs=\"$externs --extern $crate=lib$crate.rlib\"; done; \
                  \"$0\" --edition 2021 -C linker=gcc --test -o program main.rs $externs",
        ..Self::RUST
    };

    /// Every toolchain of the table.
    pub const ALL: [Self; 10] = [
        Self::CPP17,
        Self::CPP20,
        Self::C,
        Self::JAVASCRIPT,
        Self::TYPESCRIPT,
        Self::GO,
        Self::GO_TESTS,
        Self::JAVA,
        Self::RUST,
        Self::RUST_TESTS,
    ];

    /// Whether this machine has it.
    pub fn is_installed(&self) -> bool {
        Path::new(self.probe.0).exists()
    }

    /// The first line in which it tells its version; `None` where this machine does not have it.
    pub fn version(&self) -> Option<String> {
        let (program, argument) = self.probe;
        let output = Command::new(program).arg(argument).output().ok()?;
        let said = [output.stdout, output.stderr].concat();
        let text = String::from_utf8_lossy(&said);
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
        let memory = 2 << 30;
        let limits = Limits {
            cpu: COMPILING,
            wall: 4 * COMPILING,
            memory,
            address_space: self.address_space(memory),
            processes: 128,
            file_size: PROGRAM,
            scratch: 4 * PROGRAM,
            ..Limits::default()
        };
        let program = behind_links(self.probe.0).display().to_string();
        let text = String::from_utf8_lossy(source);
        let class = main_class(&text);
        let job = Job::command("/bin/sh", ["-c", script.as_str(), program.as_str(), class])
            .executable(&program)
            .file(self.source.replace(CLASS, class), source)
            .report(PROGRAM)
            .limits(limits);
        Some(self.with_settings(job))
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
        let heap = (limits.memory >> 20).to_string();
        let limits = Limits {
            address_space: self.address_space(limits.memory).or(limits.address_space),
            memory: limits.memory + self.runtime.memory,
            ..limits
        };
        let (path, arguments) = self.run;
        let path = behind_links(path).display().to_string();
        let arguments: Vec<String> = arguments.iter().map(|it| it.replace(HEAP, &heap)).collect();
        let job = Job::command(&path, arguments.iter().map(String::as_str));
        self.with_settings(job.executable(&path).file(name, program).limits(limits))
    }

    fn address_space(&self, memory: u64) -> Option<u64> {
        let reserved = self.runtime.address_space;
        (reserved > 0).then_some(2 * memory + reserved)
    }

    fn with_settings(&self, job: Job) -> Job {
        let Some(file) = self.runtime.settings else { return job };
        let beside = behind_links(self.probe.0).with_file_name(file);
        match behind_links(beside).parent() {
            Some(folder) => job.reading(folder),
            None => job,
        }
    }
}

/// Where a path leads; the path itself where it leads nowhere.
fn behind_links(path: impl AsRef<Path>) -> PathBuf {
    let path = path.as_ref();
    path.canonicalize().unwrap_or_else(|_| path.to_owned())
}

/// The class of a Java program that its file must be named after: the public one, else the one with `main`.
fn main_class(source: &str) -> &str {
    let mut with_main = None;
    let mut latest = None;
    for line in source.lines() {
        let code = line.split("//").next().unwrap_or_default();
        let words: Vec<&str> = code.split(|it: char| !it.is_alphanumeric() && it != '_').collect();
        let class = words.iter().position(|&word| word == "class");
        if let Some(&name) = class.and_then(|place| words.get(place + 1))
            && name.starts_with(|it: char| it.is_alphabetic() || it == '_')
        {
            if words[0] == "public" {
                return name;
            }
            latest = Some(name);
        }
        if code.contains("void main") {
            with_main = with_main.or(latest);
        }
    }
    with_main.unwrap_or("Main")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_java_file_is_named_after_its_public_class_or_the_one_with_main() {
        let program = "import java.util.*;\nclass Solution {\n}\npublic class Main {\n";
        assert_eq!(main_class(program), "Main");
        assert_eq!(main_class("public final class Sort{\n"), "Sort");
        let program =
            "// a public class of people\nclass Problem {\n    public static void main(String[] a)";
        assert_eq!(main_class(program), "Problem");
        let program = "class A {\n}\nclass B {\n  static class C {}\n}\n";
        assert_eq!(main_class(program), "Main");
    }
}
