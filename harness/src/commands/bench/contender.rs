//! The ways to run one tiny program that are compared.

use std::path::{Path, PathBuf};
use std::process::Stdio;

use anyhow::{Context, bail};
use sandbox::{Ending, Isolation, Job, NativeSandbox, Python, Sandbox, Start, WasmInterpreter};
use tokio::process::Command;

use crate::backend::{AnySandbox, Backend, Wish};

/// As small as an answer to a benchmark's problem, with its tests.
const PROGRAM: &str = "\
def has_close(numbers, threshold):
    for i, a in enumerate(numbers):
        for j, b in enumerate(numbers):
            if i != j and abs(a - b) < threshold:
                return True
    return False

assert has_close([1.0, 2.0, 3.9, 4.0, 5.0, 2.2], 0.3) == True
assert has_close([1.0, 2.0, 3.9, 4.0, 5.0, 2.2], 0.05) == False
print('done')
";
/// What it says.
const OUTPUT: &[u8] = b"done\n";

/// One way to run a program.
#[derive(Debug)]
pub(super) struct Contender {
    /// Its name in tables and for machines.
    pub(super) name: &'static str,
    /// What a run consists of.
    pub(super) meaning: &'static str,
    way: Way,
    python: Python,
}

#[derive(Debug)]
enum Way {
    Sandbox(Box<AnySandbox>),
    Bubblewrap(PathBuf),
    Plain,
}

/// The ways that this machine can be compared in, and what the others want.
#[derive(Debug)]
pub(super) struct Contenders {
    /// The one that the others are compared with comes first.
    pub(super) present: Vec<Contender>,
    /// A sentence for each that is missing.
    pub(super) absent: Vec<String>,
}

impl Contenders {
    /// Look for all of them.
    pub(super) async fn find(sandbox: &NativeSandbox, python: &Python) -> anyhow::Result<Self> {
        sandbox.warm_up(python).await?;
        let cold = sandbox.clone().start(Start::Cold);
        let native = |sandbox| Way::Sandbox(Box::new(AnySandbox::Native(sandbox)));
        let contender =
            |name, meaning, way| Contender { name, meaning, way, python: python.clone() };
        let present = vec![
            contender("warm", "a copy of a warm interpreter, isolated", native(sandbox.clone())),
            contender("cold", "a new interpreter, isolated alike", native(cold)),
            contender("plain", "python3 -ISE, not isolated", Way::Plain),
        ];
        let mut found = Self { present, absent: Vec::new() };
        if let Some(program) = on_the_path("bwrap") {
            let meaning = "bubblewrap --unshare-all and python3 -ISE";
            found.present.push(contender("bubblewrap", meaning, Way::Bubblewrap(program)));
        } else {
            found.lacks("bubblewrap", "bwrap is not on the path; Debian has it in bubblewrap");
        }
        match WasmInterpreter::find() {
            Ok(_) => found.present.push(Contender::wasm().await?),
            Err(error) => found.lacks("wasm", &error.to_string()),
        }
        Ok(found)
    }

    fn lacks(&mut self, name: &str, reason: &str) {
        self.absent.push(format!("{name} is left out: {reason}"));
    }
}

impl Contender {
    /// The backend that needs no privilege. At its first start it compiles its interpreter.
    async fn wasm() -> anyhow::Result<Self> {
        let isolation = Isolation::default();
        let wish = Wish { backend: Backend::Wasm, tier: None, isolation, python: None };
        let (sandbox, python) = AnySandbox::open(wish).await?;
        let (name, meaning) = ("wasm", "a copy of a snapshot in a WebAssembly engine");
        Ok(Self { name, meaning, way: Way::Sandbox(Box::new(sandbox)), python })
    }

    /// Whether a run is so fast that it takes many to measure it.
    pub(super) fn is_fast(&self) -> bool {
        matches!(&self.way, Way::Sandbox(_)) && self.name != "cold"
    }

    /// Whether all of its processor time comes back to us. Bubblewrap does not wait for the process
    /// that it leaves the program to.
    pub(super) fn is_accounted(&self) -> bool {
        !matches!(&self.way, Way::Bubblewrap(_))
    }

    /// Run the program once. It must do what it does everywhere.
    pub(super) async fn run(&self) -> anyhow::Result<()> {
        match &self.way {
            Way::Sandbox(sandbox) => self.run_in(sandbox).await,
            Way::Plain => self.execute(Command::new(&self.python.executable)).await,
            Way::Bubblewrap(bubblewrap) => self.execute(self.wrapped(bubblewrap)).await,
        }
        .with_context(|| format!("`{}` failed", self.name))
    }

    async fn run_in(&self, sandbox: &AnySandbox) -> anyhow::Result<()> {
        let execution = sandbox.run(Job::python(&self.python, PROGRAM).without_site()).await?;
        if execution.ending != Ending::Exited(0) || execution.stdout.bytes != OUTPUT {
            bail!("the program was {}: {}", execution.ending, execution.stderr.text());
        }
        Ok(())
    }

    async fn execute(&self, mut command: Command) -> anyhow::Result<()> {
        command.args(["-I", "-S", "-E", "-c", PROGRAM]).stdin(Stdio::null());
        let output = command.output().await?;
        if !output.status.success() || output.stdout != OUTPUT {
            bail!("{}: {}", output.status, String::from_utf8_lossy(&output.stderr));
        }
        Ok(())
    }

    /// The usual way to isolate a program with bubblewrap: every namespace, a read-only root.
    fn wrapped(&self, bubblewrap: &Path) -> Command {
        let mut command = Command::new(bubblewrap);
        command.args(["--unshare-all", "--die-with-parent", "--dev", "/dev", "--proc", "/proc"]);
        command.args(["--tmpfs", "/box", "--chdir", "/box"]);
        let system = ["/usr", "/bin", "/lib", "/lib64"].map(PathBuf::from);
        for folder in system.iter().chain(&self.python.folders).filter(|folder| folder.exists()) {
            command.arg("--ro-bind").arg(folder).arg(folder);
        }
        command.arg("--").arg(&self.python.executable);
        command
    }
}

fn on_the_path(program: &str) -> Option<PathBuf> {
    let folders = std::env::var_os("PATH")?;
    std::env::split_paths(&folders).map(|folder| folder.join(program)).find(|path| path.is_file())
}
