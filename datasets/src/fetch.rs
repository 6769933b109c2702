//! Downloads data sets.
//!
//! # Theory of operation
//!
//! Bytes are appended to `NAME.part` as they come. When the connection breaks, the next attempt,
//! now or in another run, asks for the rest with a `Range` header. A server may not honour that: it
//! then sends the whole file again (200), says that there is no such rest (416), or sends another
//! part than the one asked for. In each case the download starts over rather than be patched
//! together wrongly. Nothing is believed until the checksum of the whole agrees; a file that fails
//! it is removed, after one more try if it was pieced together.
//!
//! Not here: printing. Whoever calls passes a function that is told of the progress.

use std::fs::{self, File};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::Once;
use std::time::Duration;

use reqwest::header::{CONTENT_RANGE, RANGE};
use reqwest::{Client, Response, StatusCode};
use sha2::{Digest, Sha256};

use crate::cache::{Cache, checksum, store};
use crate::content::hex;
use crate::{Error, Source};

/// How far a download is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Bytes on disk, those of earlier attempts included.
    pub received: u64,
    /// Bytes of the whole file.
    pub total: u64,
}

/// Connections that may break before the user is told; each goes on where the last one ended.
const ATTEMPTS: u32 = 3;
/// A server that cannot be reached for so long is not there.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(15);
/// A server that is silent for so long has gone.
const SILENCE: Duration = Duration::from_secs(30);

impl Cache {
    /// Download the file of `source` and return where it lies. A file that is there already is
    /// replaced, and only by one with the right checksum.
    pub async fn fetch(
        &self,
        source: &Source,
        progress: &mut (dyn FnMut(Progress) + Send),
    ) -> Result<PathBuf, Error> {
        let _lock = self.lock()?;
        let part = self.part(source);
        let resumed = length(&part) > 0;
        download(source, &part, progress).await?;
        if let Err(error) = check(source, &part) {
            remove(&part)?;
            if !resumed {
                return Err(error);
            }
            // The older piece may be of another file: once more, from the start.
            download(source, &part, progress).await?;
            check(source, &part).inspect_err(|_| drop(remove(&part)))?;
        }
        self.admit(source, &part, source.file_name)
    }
}

/// Bring `part` to the length of the whole file, over several connections if it must be.
async fn download(
    source: &Source,
    part: &Path,
    progress: &mut (dyn FnMut(Progress) + Send),
) -> Result<(), Error> {
    let client = client(source)?;
    let mut attempt = 1;
    while length(part) < source.size {
        let before = length(part);
        match connection(&client, source, part, progress).await {
            Err(Error::Download { .. }) if attempt < ATTEMPTS && length(part) > before => {
                attempt += 1;
            }
            Err(error) => return Err(error),
            Ok(()) => break,
        }
    }
    Ok(())
}

/// Append to `part` what one connection gives.
async fn connection(
    client: &Client,
    source: &Source,
    part: &Path,
    progress: &mut (dyn FnMut(Progress) + Send),
) -> Result<(), Error> {
    let (mut response, start) = rest(client, source, length(part)).await?;
    let mut file = File::options()
        .create(true)
        .write(true)
        .truncate(false)
        .open(part)
        .map_err(|error| store("create", part, error))?;
    let failed = |error| store("write", part, error);
    file.set_len(start).map_err(failed)?;
    file.seek(SeekFrom::End(0)).map_err(failed)?;
    let mut received = start;
    progress(Progress { received, total: source.size });
    while let Some(bytes) = response.chunk().await.map_err(|error| broken(source, error))? {
        file.write_all(&bytes).map_err(failed)?;
        received += bytes.len() as u64;
        progress(Progress { received, total: source.size });
        if received > source.size {
            // Another file, perhaps an endless one: the checksum will say so.
            break;
        }
    }
    Ok(())
}

/// A response with the file from `start` on, where the server can do that, and where it starts.
async fn rest(client: &Client, source: &Source, start: u64) -> Result<(Response, u64), Error> {
    if start > 0 {
        let request = client.get(source.url).header(RANGE, format!("bytes={start}-"));
        let response = request.send().await.map_err(|error| broken(source, error))?;
        match response.status() {
            StatusCode::OK => return Ok((response, 0)),
            StatusCode::PARTIAL_CONTENT if starts_at(&response, start) => {
                return Ok((response, start));
            }
            StatusCode::PARTIAL_CONTENT | StatusCode::RANGE_NOT_SATISFIABLE => {}
            status => return Err(refused(source, status)),
        }
    }
    let response = client.get(source.url).send().await.map_err(|error| broken(source, error))?;
    match response.status() {
        StatusCode::OK => Ok((response, 0)),
        status => Err(refused(source, status)),
    }
}

/// Whether the server says that its part starts where we asked.
fn starts_at(response: &Response, start: u64) -> bool {
    let range = response.headers().get(CONTENT_RANGE).and_then(|range| range.to_str().ok());
    range.is_some_and(|range| range.starts_with(&format!("bytes {start}-")))
}

/// A client that goes through the proxy of the environment, where that names one.
fn client(source: &Source) -> Result<Client, Error> {
    static CRYPTOGRAPHY: Once = Once::new();
    CRYPTOGRAPHY.call_once(|| {
        // Refused where the program has made its choice already, which is then as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
    });
    let client = Client::builder()
        .connect_timeout(CONNECT_TIMEOUT)
        .read_timeout(SILENCE)
        .user_agent(concat!("ra3/", env!("CARGO_PKG_VERSION")));
    // No proxy can reach a server that only this machine can.
    let local = source.url.starts_with("http://127.0.0.1");
    let client = if local { client.no_proxy() } else { client };
    client.build().map_err(|error| broken(source, error))
}

fn check(source: &Source, part: &Path) -> Result<(), Error> {
    let found = sha256_of(part).map_err(|error| store("read", part, error))?;
    if found == source.sha256 { Ok(()) } else { Err(checksum(source, source.url.into(), found)) }
}

fn sha256_of(path: &Path) -> std::io::Result<String> {
    let mut file = File::open(path)?;
    let mut digest = Sha256::new();
    let mut buffer = vec![0; 1 << 16];
    loop {
        match file.read(&mut buffer)? {
            0 => return Ok(hex(&digest.finalize())),
            count => digest.update(&buffer[..count]),
        }
    }
}

fn length(path: &Path) -> u64 {
    fs::metadata(path).map_or(0, |metadata| metadata.len())
}

fn remove(part: &Path) -> Result<(), Error> {
    fs::remove_file(part).map_err(|error| store("remove", part, error))
}

fn broken(source: &Source, error: reqwest::Error) -> Error {
    let reason = match () {
        () if error.is_timeout() => "there was no answer in time",
        () if error.is_connect() => "there is no connection",
        () => "the connection broke",
    };
    let (url, name) = (source.url, source.name);
    Error::Download { url, name, reason, source: error.without_url() }
}

fn refused(source: &Source, status: StatusCode) -> Error {
    Error::Refused { url: source.url, name: source.name, status: status.to_string() }
}
