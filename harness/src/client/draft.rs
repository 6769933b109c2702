//! A reply that is still being written.

use benchmarks::truncate_at_stop;
use serde_json::Value;

use super::reply::{Choice, Usage, text, usage};
use super::{Failure, Reply};
use crate::surrogates::{StandIn, mended};

/// What a server says when all is said.
const DONE: &str = "[DONE]";

/// A reply that comes in pieces.
#[derive(Debug)]
pub(super) struct Draft<'a> {
    stops: &'a [String],
    /// The answers by their index; nothing where none of it has come.
    choices: Vec<Option<Partial>>,
    usage: Option<Usage>,
    is_done: bool,
}

#[derive(Debug, Default)]
struct Partial {
    text: String,
    /// How it ended, once it has.
    finish: Option<String>,
    /// Whether it ended at a string that we found.
    is_cut: bool,
    /// The first half of a character, where the text ends with one. U+FFFD stands for it.
    half: Option<u16>,
}

impl<'a> Draft<'a> {
    /// A draft of `answers` answers, each of which ends at the first of `stops`.
    pub(super) fn new(answers: u32, stops: &'a [String]) -> Self {
        let choices = (0..answers).map(|_| None).collect();
        Self { stops, choices, usage: None, is_done: false }
    }

    /// Add one event.
    pub(super) fn add(&mut self, event: &str) -> Result<(), Failure> {
        if event == DONE {
            self.is_done = true;
            return Ok(());
        }
        let (event, halves) = mended(event, StandIn::Unreadable);
        let event: Value = serde_json::from_str(&event)
            .map_err(|_| Failure::garbage("an event that is no JSON"))?;
        // A character may be split over two events, which may name their half more than once.
        let half = halves.first().filter(|half| halves.iter().all(|it| it == *half)).copied();
        if let Some(error) = event.get("error").filter(|error| !error.is_null()) {
            let message =
                error["message"].as_str().map_or_else(|| error.to_string(), str::to_owned);
            return Err(Failure::Reported { message });
        }
        // The last event counts tokens, and some servers count as they go.
        self.usage = usage(&event).or(self.usage);
        for choice in event["choices"].as_array().into_iter().flatten() {
            self.add_to_choice(choice, half)?;
        }
        Ok(())
    }

    fn add_to_choice(&mut self, choice: &Value, half: Option<u16>) -> Result<(), Failure> {
        let index = choice["index"].as_u64().unwrap_or(0) as usize;
        let place = self.choices.get_mut(index);
        let place = place.ok_or_else(|| Failure::garbage("more answers than were asked for"))?;
        let partial = place.get_or_insert_default();
        if let Some(text) = text(choice, "delta")?
            && !partial.is_cut
        {
            partial.add(&text, half, self.stops);
        }
        if let Some(finish) = choice["finish_reason"].as_str() {
            partial.finish.get_or_insert_with(|| finish.to_owned());
        }
        Ok(())
    }

    /// Whether nothing that is still to come matters.
    pub(super) fn is_complete(&self) -> bool {
        let is_cut = |it: &Option<Partial>| it.as_ref().is_some_and(|partial| partial.is_cut);
        self.is_done || self.choices.iter().all(is_cut)
    }

    /// The reply, of which nothing more comes.
    pub(super) fn finish(self) -> Result<Reply, Failure> {
        let is_open = |it: &Partial| it.finish.is_none();
        // Servers that forget to say that they are done still say how an answer ended.
        if !self.is_done && self.choices.iter().any(|it| it.as_ref().is_none_or(is_open)) {
            return Err(Failure::Cut { source: None });
        }
        let choices = self.choices.into_iter().flatten();
        let choices =
            choices.map(|it| Choice { text: it.text, finish: it.finish, drawn: None }).collect();
        Ok(Reply { choices, usage: self.usage })
    }
}

impl Partial {
    /// Add to the text, up to the first of `stops`, which may have begun earlier. One of the unreadable
    /// characters of `text` may be this `half` of a character.
    fn add(&mut self, text: &str, half: Option<u16>, stops: &[String]) {
        let text = self.joined(text, half);
        let longest = stops.iter().map(String::len).max().unwrap_or(0);
        let from = self.text.floor_char_boundary(self.text.len().saturating_sub(longest));
        self.text += text;
        let stops: Vec<&str> = stops.iter().map(String::as_str).collect();
        let kept = from + truncate_at_stop(&self.text[from..], &stops).len();
        if kept < self.text.len() {
            self.text.truncate(kept);
            self.is_cut = true;
            self.finish = Some("stop".to_owned());
        }
    }

    /// Put the second half of a character to the first, where `text` begins with it, and give the rest.
    fn joined<'t>(&mut self, text: &'t str, half: Option<u16>) -> &'t str {
        if text.is_empty() {
            return text;
        }
        let half_at_end = half.filter(|_| text.ends_with(char::REPLACEMENT_CHARACTER));
        let first = std::mem::replace(&mut self.half, half_at_end);
        let whole = first
            .zip(half)
            .and_then(|(first, second)| char::decode_utf16([first, second]).next()?.ok());
        match (whole, text.strip_prefix(char::REPLACEMENT_CHARACTER)) {
            (Some(whole), Some(rest)) => {
                self.text.pop();
                self.text.push(whole);
                self.half = None;
                rest
            }
            _ => text,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn text(index: usize, text: &str) -> String {
        json!({"choices": [{"index": index, "text": text, "finish_reason": null}]}).to_string()
    }

    fn end(index: usize) -> String {
        json!({"choices": [{"index": index, "text": "", "finish_reason": "length"}]}).to_string()
    }

    fn texts(reply: Reply) -> Vec<String> {
        reply.choices.into_iter().map(|choice| choice.text).collect()
    }

    fn written(draft: &mut Draft<'_>, events: &[String]) {
        events.iter().for_each(|event| draft.add(event).unwrap());
    }

    #[test]
    fn answers_that_come_in_turns_are_kept_apart() {
        let mut draft = Draft::new(2, &[]);
        written(&mut draft, &[text(0, "a"), text(1, "x"), text(0, "b"), end(1), end(0)]);
        assert_eq!(texts(draft.finish().unwrap()), ["ab", "x"]);
    }

    #[test]
    fn a_conversation_may_begin_with_a_piece_without_text() {
        let mut draft = Draft::new(1, &[]);
        let role =
            json!({"choices": [{"index": 0, "delta": {"role": "assistant", "content": null}}]});
        let words = json!({"choices": [{"index": 0, "delta": {"content": "yes"}, "finish_reason": "stop"}]});
        let count = json!({"choices": [], "usage": {"prompt_tokens": 3, "completion_tokens": 1}});
        let events = [role.to_string(), words.to_string(), count.to_string(), DONE.to_owned()];
        written(&mut draft, &events);
        let reply = draft.finish().unwrap();
        assert_eq!(reply.usage, Some(Usage { prompt_tokens: 3, completion_tokens: 1 }));
        assert_eq!(texts(reply), ["yes"]);
    }

    #[test]
    fn a_stop_is_found_across_pieces_and_ends_the_waiting() {
        let stops = ["\nprint".to_owned(), "é!".to_owned()];
        let mut draft = Draft::new(1, &stops);
        written(&mut draft, &[text(0, "    return 'é'\n"), text(0, "pri")]);
        assert!(!draft.is_complete());
        written(&mut draft, &[text(0, "nt(1)"), text(0, "more")]);
        assert!(draft.is_complete());
        assert_eq!(texts(draft.finish().unwrap()), ["    return 'é'"]);
    }

    #[test]
    fn a_character_that_is_split_over_two_events_is_whole_again() {
        let piece =
            |text: &str| format!(r#"{{"choices": [{{"delta": {{"content": "{text}"}}}}]}}"#);
        let read = |pieces: &[&str]| {
            let stops = ["😀!".to_owned()];
            let mut draft = Draft::new(1, &stops);
            pieces.iter().for_each(|text| draft.add(&piece(text)).unwrap());
            draft.add(DONE).unwrap();
            texts(draft.finish().unwrap()).remove(0)
        };
        assert_eq!(read(&["a\\ud83d", "", "\\ude00b"]), "a😀b");
        assert_eq!(read(&["a\\ud83d", "\\ude00", "!b"]), "a", "a stop is found in it");
        let twice = |half: &str| format!(r#"{half}"}}, "logprobs": {{"tokens": "{half}"#);
        assert_eq!(read(&[&twice("\\ud83d"), &twice("\\ude00")]), "😀");
        assert_eq!(read(&["a\\ud83d", "b\\ude00"]), "a\u{fffd}b\u{fffd}");
        assert_eq!(read(&["\\ude00\\ud83d", "\\ud83d", "\\ude00"]), "\u{fffd}\u{fffd}😀");
    }

    #[test]
    fn content_may_come_as_lists_of_texts() {
        let mut draft = Draft::new(1, &[]);
        let piece =
            |content: Value| json!({"choices": [{"delta": {"content": content}}]}).to_string();
        draft.add(&piece(json!([{"type": "text", "text": "a"}]))).unwrap();
        assert!(matches!(draft.add(&piece(json!({}))), Err(Failure::Garbage { .. })));
        written(&mut draft, &[piece(json!("b")), DONE.to_owned()]);
        assert_eq!(texts(draft.finish().unwrap()), ["ab"]);
    }

    #[test]
    fn half_an_answer_is_none() {
        let mut draft = Draft::new(1, &[]);
        written(&mut draft, &[text(0, "    retu")]);
        assert!(matches!(draft.finish(), Err(Failure::Cut { .. })));
        let mut draft = Draft::new(2, &[]);
        written(&mut draft, &[text(0, "x"), end(0)]);
        assert!(matches!(draft.finish(), Err(Failure::Cut { .. })), "the second never came");
    }

    #[test]
    fn a_server_that_is_done_has_given_what_it_gives() {
        let mut draft = Draft::new(2, &[]);
        written(&mut draft, &[text(0, "x"), DONE.to_owned()]);
        assert_eq!(texts(draft.finish().unwrap()), ["x"]);
    }

    #[test]
    fn an_error_in_the_middle_is_the_servers() {
        let mut draft = Draft::new(1, &[]);
        let error = draft.add(r#"{"error": {"message": "out of memory"}}"#).unwrap_err();
        assert_eq!(error.to_string(), "the server reports: out of memory");
    }
}
