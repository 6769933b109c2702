//! The way between a test's process and its candidate's.
//!
//! Both speak in messages: a length, then a marshalled tuple. What the candidate says is taken apart
//! and written anew from its values before the test sees it, so that the test's interpreter never
//! unmarshals bytes of the candidate's making. What the test says is ours and passes as it is.
//!
//! The relay also hears what is meant for the judge: the test's findings, and how the candidate ended.

use std::io;

use datasets::Value;
use sandbox::Dialogue;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::super::length::at_length;
use super::super::marshal;

/// The longest message; an honest one holds a call's arguments or its result.
const MESSAGE: usize = 32 << 20;

/// The most messages of one judging. A test that talks more than that has been led astray.
const MESSAGES: u64 = 1 << 22;

/// What was heard while test and candidate talked.
#[derive(Debug, Default)]
pub(super) struct Heard {
    /// The test's process is running.
    pub(super) test_ready: bool,
    /// The candidate's process is running, and its program is about to start.
    pub(super) candidate_ready: bool,
    /// The findings of the test, statement by statement.
    pub(super) findings: Vec<Finding>,
    /// The test reached its end.
    pub(super) over: bool,
    /// The test used something of the candidate's.
    pub(super) asked: bool,
    /// The test relied on operators of the candidate's making.
    pub(super) weak: bool,
    /// Why the test cannot run apart from the candidate, where it cannot.
    pub(super) inseparable: Option<String>,
    /// How the candidate's program failed as a whole: what `perform` tells.
    pub(super) ended: Option<Vec<Value>>,
    /// The candidate said what is no message.
    pub(super) gibberish: bool,
    /// The candidate's process was gone while its test still wanted something from it.
    pub(super) candidate_gone: bool,
}

/// What became of one statement of a test.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Finding {
    /// It did not raise.
    Passed,
    /// It raised an exception.
    Failed {
        /// The exception's name.
        name: String,
        /// Its text.
        text: String,
        /// Whether the candidate raised it, rather than the test.
        by_candidate: bool,
        /// The candidate's line it came from, or 0.
        line: u64,
    },
}

impl Heard {
    /// Let `test` and `candidate` talk until one of them ends the conversation, after giving each its
    /// order.
    ///
    /// The pipes are closed at the end, by which both processes learn that it is over. A pipe that
    /// breaks is how a process ended, which its execution tells better.
    pub(super) async fn between(
        mut test: Dialogue,
        mut candidate: Dialogue,
        orders: (Vec<u8>, Vec<u8>),
    ) -> Self {
        let mut heard = Self::default();
        let mut from_candidate = Inbox::default();
        // The error is that of a pipe whose other end is gone.
        let _ = heard.relay(&mut test, (&mut candidate, &mut from_candidate), orders).await;
        if heard.candidate_gone {
            heard.last_words(&mut candidate, from_candidate).await;
        }
        heard
    }

    /// A candidate that is gone may have said why, after what it was told last had been written.
    async fn last_words(&mut self, candidate: &mut Dialogue, mut from: Inbox) {
        while let Ok(message) = from.next(candidate).await {
            if let Some(value) = marshal::decode(&message) {
                self.take_note_of_candidate(&value);
            }
        }
    }

    async fn relay(
        &mut self,
        test: &mut Dialogue,
        (candidate, from_candidate): (&mut Dialogue, &mut Inbox),
        orders: (Vec<u8>, Vec<u8>),
    ) -> io::Result<()> {
        send(test, &orders.0).await?;
        self.note_loss(send(candidate, &orders.1).await)?;
        let mut from_test = Inbox::default();
        for _ in 0..MESSAGES {
            let note = tokio::select! {
                biased;
                message = from_test.next(test) => {
                    let message = message?;
                    let note = self.take_note(&message);
                    if note == Note::Forward {
                        self.note_loss(send(candidate, &message).await)?;
                    }
                    note
                }
                message = from_candidate.next(candidate) => {
                    let message = self.note_loss(message)?;
                    let value = at_length(message.len(), || marshal::decode(&message));
                    let Some(value) = value else {
                        self.gibberish = true;
                        return Ok(());
                    };
                    let note = self.take_note_of_candidate(&value);
                    if note == Note::Forward {
                        let told = at_length(message.len(), || marshal::encode(&value));
                        send(test, &told).await?;
                    }
                    note
                }
            };
            if note == Note::End {
                break;
            }
        }
        Ok(())
    }

    fn note_loss<T>(&mut self, result: io::Result<T>) -> io::Result<T> {
        self.candidate_gone |= result.is_err();
        result
    }

    fn take_note(&mut self, message: &[u8]) -> Note {
        // A request may hold values that are nested more deeply than we would read.
        match kind_of(message) {
            Some(b"call" | b"next" | b"resume" | b"await" | b"get" | b"op") => {
                self.asked = true;
                return Note::Forward;
            }
            Some(b"put" | b"mend" | b"done" | b"raised") => return Note::Forward,
            _ => {}
        }
        let Some(Value::Tuple(fields)) = marshal::decode(message) else { return Note::Kept };
        match fields.as_slice() {
            [Value::Str(kind)] if kind == "ready" => self.test_ready = true,
            [Value::Str(kind)] if kind == "weak" => self.weak = true,
            [Value::Str(kind)] if kind == "passed" => self.findings.push(Finding::Passed),
            [Value::Str(kind)] if kind == "over" => {
                self.over = true;
                return Note::End;
            }
            [Value::Str(kind), Value::Str(why)] if kind == "inseparable" => {
                self.inseparable = Some(why.clone());
                return Note::End;
            }
            [
                Value::Str(kind),
                Value::Str(name),
                Value::Str(text),
                Value::Bool(by_candidate),
                Value::Int(line),
            ] if kind == "failed" => self.findings.push(Finding::Failed {
                name: name.clone(),
                text: text.clone(),
                by_candidate: *by_candidate,
                line: line.try_into().unwrap_or(0),
            }),
            [Value::Str(kind), Value::Str(_), with_imports] if kind == "names" => {
                // Without imports it is the function under test, which is not yet called.
                self.asked |= *with_imports == Value::Bool(true);
                return Note::Forward;
            }
            // Whatever else a test says is not for its candidate to hear.
            _ => {}
        }
        Note::Kept
    }

    fn take_note_of_candidate(&mut self, message: &Value) -> Note {
        let Value::Tuple(fields) = message else {
            self.gibberish = true;
            return Note::End;
        };
        match fields.split_first() {
            Some((Value::Str(kind), [])) if kind == "ready" => {
                self.candidate_ready = true;
                Note::Kept
            }
            Some((Value::Str(kind), rest)) if kind == "ended" => {
                self.ended = Some(rest.to_vec());
                Note::End
            }
            _ => Note::Forward,
        }
    }
}

/// What a message begins with: the first field of a marshalled tuple, if that is a text.
fn kind_of(message: &[u8]) -> Option<&[u8]> {
    let (_fields, text) = message.strip_prefix(b"(")?.split_first_chunk::<4>()?;
    let (length, rest) = text.strip_prefix(b"u")?.split_first_chunk::<4>()?;
    rest.get(..usize::try_from(i32::from_le_bytes(*length)).ok()?)
}

/// What becomes of a message.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Note {
    Forward,
    Kept,
    End,
}

async fn send(to: &mut Dialogue, message: &[u8]) -> io::Result<()> {
    let length = u32::try_from(message.len()).map_err(io::Error::other)?;
    // In one piece: whoever waits for it would wake up for its length alone.
    to.sender.write_all(&[&length.to_le_bytes(), message].concat()).await
}

/// What has come from one process and is no whole message yet.
#[derive(Default)]
struct Inbox {
    bytes: Vec<u8>,
}

impl Inbox {
    /// The next whole message. Cancel-safe: what was read is kept.
    async fn next(&mut self, from: &mut Dialogue) -> io::Result<Vec<u8>> {
        loop {
            if let Some((length, rest)) = self.bytes.split_first_chunk::<4>() {
                let length = u32::from_le_bytes(*length) as usize;
                if length > MESSAGE {
                    return Err(io::ErrorKind::InvalidData.into());
                }
                if let Some((message, rest)) = rest.split_at_checked(length) {
                    let message = message.to_vec();
                    self.bytes = rest.to_vec();
                    return Ok(message);
                }
            }
            if from.receiver.read_buf(&mut self.bytes).await? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
    }
}
