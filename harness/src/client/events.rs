//! Server-sent events: lines of `data: ...`, with blank lines between them.
//!
//! OpenAI's interface puts each event on one line, so a line of data is an event. Pieces may end
//! anywhere, within a character too.

use super::Failure;

/// The most bytes of one event: a token and its surroundings take a few hundred.
const LARGEST: usize = 8 << 20;

/// Puts events together from pieces.
#[derive(Debug, Default)]
pub(super) struct Events {
    /// The beginning of a line.
    line: Vec<u8>,
}

impl Events {
    /// The data of the events that `bytes` completes.
    pub(super) fn add(&mut self, bytes: &[u8]) -> Result<Vec<String>, Failure> {
        let mut events = Vec::new();
        for piece in bytes.split_inclusive(|&byte| byte == b'\n') {
            self.line.extend(piece);
            if self.line.len() > LARGEST {
                return Err(Failure::TooLarge { most: LARGEST });
            }
            if piece.ends_with(b"\n") {
                events.extend(data(&std::mem::take(&mut self.line))?);
            }
        }
        Ok(events)
    }
}

/// The data in a line. Comments keep a connection alive; names and numbers of events say nothing here.
fn data(line: &[u8]) -> Result<Option<String>, Failure> {
    let Some(data) = line.strip_prefix(b"data:") else { return Ok(None) };
    let data = str::from_utf8(data).map_err(|_| Failure::garbage("an event that is no text"))?;
    Ok(Some(data.trim().to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_come_out_the_same_however_they_are_cut_into_pieces() {
        let text = ": hello\n\ndata: {\"a\": \"é\"}\n\nevent: x\r\ndata:[DONE]\r\n\r\n";
        for size in 1..text.len() {
            let mut events = Events::default();
            let pieces = text.as_bytes().chunks(size);
            let found: Vec<String> = pieces.flat_map(|it| events.add(it).unwrap()).collect();
            assert_eq!(found, ["{\"a\": \"é\"}", "[DONE]"], "pieces of {size}");
        }
    }

    #[test]
    fn an_event_without_its_end_is_none() {
        assert!(Events::default().add(b"data: {\"a\": 1}").unwrap().is_empty());
    }

    #[test]
    fn a_line_without_end_is_not_waited_for() {
        let mut events = Events::default();
        let line = vec![b'x'; LARGEST + 1];
        assert!(matches!(events.add(&line), Err(Failure::TooLarge { .. })));
    }
}
