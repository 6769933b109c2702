//! The supervisor as the programs would like to find it: with secrets, doors and descriptors.

use std::fs::{self, File, Permissions};
use std::net::TcpListener;
use std::os::fd::AsRawFd;
use std::os::linux::net::SocketAddrExt;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::{SocketAddr, UnixListener};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use nix::sys::signal::{SaFlags, SigAction, SigHandler, SigSet, Signal, sigaction};
use tempfile::TempDir;

/// Signals that programs got through to us.
static SIGNALS: AtomicU32 = AtomicU32::new(0);

/// Files of these names are what programs try to leave on the host.
const MARKS: [&str; 2] = ["ra3-hostile-mark", "ra3-hostile-left"];
/// Where they try it, beside the folder for temporary files.
const MARKED: [&str; 7] = ["/", "/tmp", "/var/tmp", "/dev/shm", "/run", "/run/lock", "/dev/mqueue"];

/// What there is to steal, to reach and to break. It stays while this value does.
pub(crate) struct Host {
    folder: TempDir,
    port: u16,
    abstract_name: String,
    _doors: (TcpListener, UnixListener, UnixListener),
    inheritable: Vec<i32>,
    former_temporary: PathBuf,
}

impl Host {
    /// Lay out the secrets and open the doors.
    pub(crate) fn new() -> Self {
        let former_temporary = std::env::temp_dir();
        let folder = tempfile::Builder::new().prefix("hostile-").tempdir().unwrap();
        // Whatever hides these from a program, it shall not be their permissions.
        fs::set_permissions(folder.path(), Permissions::from_mode(0o755)).unwrap();
        for name in ["secret", "bait"] {
            fs::write(folder.path().join(name), "expected output\n").unwrap();
            fs::set_permissions(folder.path().join(name), Permissions::from_mode(0o666)).unwrap();
        }
        let scratches = folder.path().join("scratches");
        fs::create_dir(&scratches).unwrap();
        fs::set_permissions(&scratches, Permissions::from_mode(0o777)).unwrap();
        // SAFETY: nothing in this process reads the environment but std, which holds a lock.
        unsafe {
            std::env::set_var("TMPDIR", &scratches);
            std::env::set_var("SANDBOX_TEST_SECRET", "secret");
        }
        let tcp = TcpListener::bind("127.0.0.1:0").unwrap();
        let abstract_name = format!("ra3-hostile-{}", std::process::id());
        let address = SocketAddr::from_abstract_name(&abstract_name).unwrap();
        let unnamed = UnixListener::bind_addr(&address).unwrap();
        let named = UnixListener::bind(folder.path().join("socket")).unwrap();
        count_signals();
        Self {
            port: tcp.local_addr().unwrap().port(),
            inheritable: vec![inheritable(folder.path())],
            _doors: (tcp, unnamed, named),
            folder,
            abstract_name,
            former_temporary,
        }
    }

    /// What a program with inside knowledge would know, a fact a line.
    pub(crate) fn facts(&self, part: u32) -> Vec<u8> {
        let folder = self.folder.path().display();
        let (pid, port, name) = (std::process::id(), self.port, &self.abstract_name);
        format!(
            "part {part}\npid {pid}\nport {port}\nabstract {name}\n\
             secret {folder}/secret\nbait {folder}/bait\nsocket {folder}/socket\n"
        )
        .into_bytes()
    }

    /// What a program has done to the host, told once.
    pub(crate) fn harm(&self) -> Option<String> {
        if SIGNALS.swap(0, Ordering::Relaxed) > 0 {
            return Some("the supervisor got a signal".into());
        }
        let folders = MARKED.iter().map(PathBuf::from).chain([self.scratches()]);
        let mut marks = folders.flat_map(|folder| MARKS.map(|mark| folder.join(mark)));
        let mark = marks.find(|mark| mark.exists())?;
        fs::remove_file(&mark).expect("a program's mark can be removed");
        Some(format!("`{}` is on the host", mark.display()))
    }

    /// Where the sandbox makes its scratch folders.
    pub(crate) fn scratches(&self) -> PathBuf {
        self.folder.path().join("scratches")
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        for &fd in &self.inheritable {
            let _ = nix::unistd::close(fd);
        }
        // SAFETY: nothing in this process reads the environment but std, which holds a lock.
        unsafe { std::env::set_var("TMPDIR", &self.former_temporary) };
    }
}

/// A descriptor that a child gets unless somebody closes it: of a folder, which also is a way out.
fn inheritable(folder: &Path) -> i32 {
    let folder = File::open(folder).unwrap();
    // SAFETY: duplicates our own descriptor; `dup` leaves out the close-on-exec flag.
    let fd = unsafe { libc::dup(folder.as_raw_fd()) };
    assert!(fd > 2);
    fd
}

fn count_signals() {
    extern "C" fn count(_signal: i32) {
        SIGNALS.fetch_add(1, Ordering::Relaxed);
    }
    let action = SigAction::new(SigHandler::Handler(count), SaFlags::SA_RESTART, SigSet::empty());
    // SAFETY: the handler does nothing but add to an atomic number.
    unsafe { sigaction(Signal::SIGUSR1, &action) }.unwrap();
}
