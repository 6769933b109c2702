//! What to run, and with what.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::dialogue::Ends;
use crate::{Dialogue, Error, Limits, Python, Script};

/// A program to run once.
#[derive(Clone, Debug)]
pub struct Job {
    pub(crate) program: Vec<String>,
    pub(crate) python: Option<Python>,
    /// What it runs in the place of a `main.py`.
    pub(crate) script: Option<Script>,
    /// Folders of the system that the program reads, beside the usual.
    pub(crate) folders: Vec<PathBuf>,
    /// What `/proc/self/exe` leads to, which is all that there is of `/proc`.
    pub(crate) executable: Option<String>,
    pub(crate) files: Vec<JobFile>,
    pub(crate) stdin: Arc<[u8]>,
    pub(crate) report: u64,
    pub(crate) dialogue: Option<Ends>,
    /// Whether what it writes to its standard output is what is received.
    pub(crate) is_conversation: bool,
    pub(crate) bare: bool,
    pub(crate) imports: Imports,
    pub(crate) limits: Limits,
}

/// What an interpreter has imported before a program starts in it.
///
/// It is a matter of speed alone: a program can import whatever is installed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Imports {
    /// What programs commonly use of the standard library.
    #[default]
    Stdlib,
    /// numpy as well, where the interpreter has it. Its import takes a tenth of a second, its
    /// presence a fraction of a millisecond.
    Numpy,
}

impl Imports {
    /// Modules beside those of the standard library.
    pub(crate) fn beside_the_usual(self) -> Option<&'static str> {
        match self {
            Self::Stdlib => None,
            Self::Numpy => Some("numpy"),
        }
    }
}

/// A file that is in the program's working folder when it starts.
#[derive(Clone, Debug)]
pub struct JobFile {
    pub(crate) name: String,
    pub(crate) content: Arc<[u8]>,
}

impl Job {
    /// Run `program` as the main program of `python`, as `python main.py` would: source, or code that
    /// this interpreter has compiled, as it stands in a `.pyc` file.
    pub fn python(python: &Python, program: impl Into<Vec<u8>>) -> Self {
        let job = Self::of(vec!["main.py".into()]).file("main.py", program.into());
        Self { python: Some(python.clone()), ..job }
    }

    /// Run `script` as the main program of `python`.
    pub fn script(python: &Python, script: Script) -> Self {
        let job = Self::of(vec!["main.py".into()]);
        Self { python: Some(python.clone()), script: Some(script), ..job }
    }

    /// Put the script into a file, for who does not know it.
    pub(crate) fn spell_out(&mut self) {
        if let Some(script) = self.script.take() {
            let content = script.text().into_bytes().into();
            self.files.push(JobFile { name: "main.py".into(), content });
        }
    }

    /// Leave the program the room that it may fill, for what it is given lies in the same folder. A little is not
    /// counted: most jobs have the room that children of fork servers are made with.
    pub(crate) fn make_room(&mut self) {
        const LITTLE: u64 = 4 << 20;
        let given: u64 = self.files.iter().map(|file| file.content.len() as u64).sum();
        if given > LITTLE {
            self.limits.scratch += given;
        }
    }

    /// Run the program of the system at the absolute path `program`.
    ///
    /// Only what the system keeps in `/usr`, `/bin` and `/lib` can be executed.
    pub fn command<'a>(program: &'a str, arguments: impl IntoIterator<Item = &'a str>) -> Self {
        Self::of(vec![program.to_owned()]).arguments(arguments)
    }

    fn of(program: Vec<String>) -> Self {
        Self {
            program,
            python: None,
            script: None,
            folders: Vec::new(),
            executable: None,
            files: Vec::new(),
            stdin: Arc::from([]),
            report: 0,
            dialogue: None,
            is_conversation: false,
            bare: false,
            imports: Imports::default(),
            limits: Limits::default(),
        }
    }

    /// Call the program with more arguments.
    #[must_use]
    pub fn arguments<'a>(mut self, arguments: impl IntoIterator<Item = &'a str>) -> Self {
        self.program.extend(arguments.into_iter().map(str::to_owned));
        self
    }

    /// Put a file into the working folder. `name` is one path component; any other name makes
    /// [`crate::Sandbox::run`] refuse the job.
    #[must_use]
    pub fn file(mut self, name: impl Into<String>, content: impl Into<Arc<[u8]>>) -> Self {
        self.files.push(JobFile { name: name.into(), content: content.into() });
        self
    }

    /// Let the program read a folder of the system, and execute what is in it.
    #[must_use]
    pub(crate) fn reading(mut self, folder: &Path) -> Self {
        self.folders.push(folder.to_owned());
        self
    }

    /// Say by `/proc/self/exe` that this is what runs: some programs look for their own files beside
    /// it. Only where the program has a root of its own.
    #[must_use]
    pub(crate) fn executable(mut self, path: &str) -> Self {
        self.executable = Some(path.to_owned());
        self
    }

    /// Feed `stdin` to the program.
    #[must_use]
    pub fn stdin(mut self, stdin: impl Into<Arc<[u8]>>) -> Self {
        self.stdin = stdin.into();
        self
    }

    /// Give the program a channel of its own, apart from its output: file descriptor 3, of which
    /// at most `bytes` are kept in [`crate::Execution::report`]; more ends it, as too much output does.
    ///
    /// The program can write what it likes there, so a report is a claim and not a proof.
    #[must_use]
    pub fn report(mut self, bytes: u64) -> Self {
        self.report = bytes;
        self
    }

    /// Talk with the program while it runs: what is sent is its standard input, in the place of
    /// [`Job::stdin`], and what it writes to file descriptor 3 is received, in the place of
    /// [`Job::report`].
    ///
    /// A job that is talked with can be run once. What is received is a claim like any report.
    ///
    /// # Errors
    ///
    /// Where the system has no pipe left.
    pub fn dialogue(mut self) -> Result<(Self, Dialogue), Error> {
        let (dialogue, ends) = Dialogue::open()?;
        (self.dialogue, self.report) = (Some(ends), 0);
        Ok((self, dialogue))
    }

    /// The same over the program's standard output, for programs that know nothing of us: what it writes
    /// there is received, and nothing of it is in [`crate::Execution::stdout`].
    ///
    /// # Errors
    ///
    /// Where the system has no pipe left.
    pub fn conversation(self) -> Result<(Self, Dialogue), Error> {
        let (mut job, dialogue) = self.dialogue()?;
        job.is_conversation = true;
        Ok((job, dialogue))
    }

    /// Start the interpreter without its `site` module, which saves a third of its start.
    ///
    /// Installed packages can still be imported, but the names that `site` adds (`exit`, `quit`,
    /// `help`, `copyright`) are missing.
    #[must_use]
    pub fn without_site(mut self) -> Self {
        self.bare = true;
        self
    }

    /// Say what the program is going to import, so that it need not wait for that.
    #[must_use]
    pub fn imports(mut self, imports: Imports) -> Self {
        self.imports = imports;
        self
    }

    /// Replace the limits.
    #[must_use]
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// Refuse names that lead out of the working folder.
    pub(crate) fn check_names(&self) -> Result<(), Error> {
        let plain = |name: &str| {
            !matches!(name, "" | "." | "..") && !name.contains(['/', '\0']) && name.len() < 256
        };
        match self.files.iter().find(|file| !plain(&file.name)) {
            Some(file) => Err(Error::FileName { name: file.name.clone() }),
            None => Ok(()),
        }
    }
}
