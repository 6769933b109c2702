//! Server-sent events: lines of `data: ...`, with a blank line after each event.
//!
//! OpenAI's interface puts each event on one line, but an event may have several, whose ends are then
//! part of it. Pieces may end anywhere, within a character too. An event without its blank line is
//! none.

use super::Failure;

/// The most bytes of one event: a token and its surroundings take a few hundred.
const LARGEST: usize = 8 << 20;

/// Puts events together from pieces.
#[derive(Debug, Default)]
pub(super) struct Events {
    /// The beginning of a line.
    line: Vec<u8>,
    /// The data of the event so far, where there is any.
    data: Option<String>,
}

impl Events {
    /// Whether a body of this type that begins like this holds events. Some servers call them plain text.
    pub(super) fn begin_with(beginning: &[u8], kind: &str) -> bool {
        let kind = kind.split(';').next().unwrap_or_default().trim();
        kind.eq_ignore_ascii_case("text/event-stream")
            || kind.eq_ignore_ascii_case("text/plain")
                && beginning.trim_ascii_start().starts_with(b"data:")
    }

    /// The data of the events that `bytes` completes.
    pub(super) fn add(&mut self, bytes: &[u8]) -> Result<Vec<String>, Failure> {
        let mut events = Vec::new();
        for piece in bytes.split_inclusive(|&byte| byte == b'\n') {
            self.line.extend(piece);
            if self.line.len() + self.data.as_ref().map_or(0, String::len) > LARGEST {
                return Err(Failure::TooLarge { most: LARGEST });
            }
            if piece.ends_with(b"\n") {
                let line = std::mem::take(&mut self.line);
                events.extend(self.end_line(line.trim_ascii_end())?);
            }
        }
        Ok(events)
    }

    /// Take in a line, and give the data of the event where it ends with this one.
    ///
    /// Comments keep a connection alive; names and numbers of events say nothing here.
    fn end_line(&mut self, line: &[u8]) -> Result<Option<String>, Failure> {
        if line.is_empty() {
            return Ok(self.data.take());
        }
        let Some(data) = line.strip_prefix(b"data:") else { return Ok(None) };
        let data =
            str::from_utf8(data).map_err(|_| Failure::garbage("an event that is no text"))?;
        let data = data.trim();
        match &mut self.data {
            Some(before) => {
                before.push('\n');
                before.push_str(data);
            }
            None => self.data = Some(data.to_owned()),
        }
        Ok(None)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_type_is_known_in_any_case_and_with_parameters() {
        for kind in ["text/event-stream", "Text/Event-Stream ; charset=utf-8"] {
            assert!(Events::begin_with(b"", kind), "{kind}");
        }
        for kind in ["text/event-streams", "application/json", "text/html"] {
            assert!(!Events::begin_with(b"data: {", kind), "{kind}");
        }
        assert!(Events::begin_with(b"\ndata: {", "text/plain"));
        assert!(!Events::begin_with(b"{\"data\": 1}", "text/plain; charset=utf-8"));
    }

    #[test]
    fn events_come_out_the_same_however_they_are_cut_into_pieces() {
        let text = ": hello\n\ndata: {\"a\":\ndata:  \"é\"}\n\nevent: x\r\ndata:[DONE]\r\n\r\n";
        for size in 1..text.len() {
            let mut events = Events::default();
            let pieces = text.as_bytes().chunks(size);
            let found: Vec<String> = pieces.flat_map(|it| events.add(it).unwrap()).collect();
            assert_eq!(found, ["{\"a\":\n\"é\"}", "[DONE]"], "pieces of {size}");
        }
    }

    #[test]
    fn an_event_without_its_end_is_none() {
        for text in ["data: {\"a\": 1}", "data: {\"a\": 1}\n"] {
            assert!(Events::default().add(text.as_bytes()).unwrap().is_empty());
        }
    }

    #[test]
    fn an_event_without_end_is_not_waited_for() {
        let lines = format!("data:{}\n", "x".repeat(1000)).repeat(9000);
        for bytes in ["x".repeat(LARGEST + 1), lines] {
            let added = Events::default().add(bytes.as_bytes());
            assert!(matches!(added, Err(Failure::TooLarge { .. })));
        }
    }
}
