//! Tokens, streams of text and prompts, compared with what the reference library makes of them.

#![expect(clippy::unwrap_used, reason = "a test ends where something is not as expected")]

use std::path::{Path, PathBuf};

use serde::Deserialize;
use trainer::chat::{ChatTemplate, Message};
use trainer::tokenizer::{Progress, TextStream, Tokenizer, TokenizerError};

#[derive(Deserialize)]
struct Golden {
    encode: Vec<Encoded>,
    chat: Vec<Rendered>,
}

#[derive(Deserialize)]
struct Encoded {
    text: String,
    ids: Vec<u32>,
    decoded: String,
}

#[derive(Deserialize)]
struct Rendered {
    messages: Vec<Message>,
    add_generation_prompt: bool,
    text: String,
}

/// The folder of recorded figures, which is not part of the repository.
fn golden_folder() -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/golden");
    if !folder.exists() {
        eprintln!("skipped: there is no ../shared/golden beside the workspace");
        return None;
    }
    Some(folder)
}

fn golden() -> Option<(Golden, Tokenizer, ChatTemplate)> {
    let folder = golden_folder()?;
    let text = std::fs::read_to_string(folder.join("tokenizer_golden.json")).unwrap();
    let model = folder.join("llama-tiny");
    let golden = serde_json::from_str(&text).unwrap();
    Some((
        golden,
        Tokenizer::from_folder(&model).unwrap(),
        ChatTemplate::from_folder(&model).unwrap(),
    ))
}

#[test]
fn texts_have_the_tokens_of_the_reference() {
    let Some((golden, tokenizer, _)) = golden() else { return };
    for case in golden.encode {
        assert_eq!(tokenizer.encode(&case.text).unwrap(), case.ids, "{:?}", case.text);
        assert_eq!(tokenizer.decode(&case.ids).unwrap(), case.decoded);
    }
}

#[test]
fn conversations_become_the_prompts_of_the_reference() {
    let Some((golden, _, template)) = golden() else { return };
    for case in golden.chat {
        let text = template.render(&case.messages, case.add_generation_prompt).unwrap();
        assert_eq!(text, case.text);
    }
}

#[test]
fn a_stream_ends_with_the_text_that_all_tokens_decode_to() {
    let Some((golden, tokenizer, _)) = golden() else { return };
    let mut all: Vec<Vec<u32>> = golden.encode.into_iter().map(|case| case.ids).collect();
    // Bytes that are no text at all: every token, in an order that tears characters apart.
    all.push((0..tokenizer.size() as u32).rev().collect());
    all.push((0..5_000_u32).map(|i| i * 7_919 % tokenizer.size() as u32).collect());
    for ids in all {
        let mut stream = TextStream::new(&tokenizer, Vec::new());
        let mut shown = String::new();
        for &id in &ids {
            assert_eq!(stream.push(id).unwrap(), Progress::Going);
            shown.push_str(stream.fresh());
        }
        stream.finish();
        shown.push_str(stream.fresh());
        assert_eq!(shown, tokenizer.decode(&ids).unwrap());
        assert_eq!(stream.text(), shown);
    }
}

#[test]
fn half_a_character_waits_for_the_other_half() {
    let Some((_, tokenizer, _)) = golden() else { return };
    let ids = tokenizer.encode("🙂").unwrap();
    assert!(ids.len() > 1, "the tokenizer has no token for this character");
    let mut stream = TextStream::new(&tokenizer, Vec::new());
    for &id in &ids[..ids.len() - 1] {
        stream.push(id).unwrap();
        assert_eq!(stream.fresh(), "");
    }
    stream.push(ids[ids.len() - 1]).unwrap();
    assert_eq!(stream.fresh(), "🙂");
}

#[test]
fn no_part_of_a_stop_string_is_ever_shown() {
    let Some((_, tokenizer, _)) = golden() else { return };
    let stops = ["\nclass".to_owned(), "é!".to_owned(), String::new()];
    let text = "a = 1\ncl = é\nclass B:\n";
    let mut stream = TextStream::new(&tokenizer, &stops);
    let mut shown = String::new();
    let mut stopped = 0;
    // Letter by letter, so that the stop string is split wherever it can be.
    for letter in text.chars() {
        for id in tokenizer.encode(&letter.to_string()).unwrap() {
            stopped += usize::from(stream.push(id).unwrap() == Progress::Stopped);
            shown.push_str(stream.fresh());
            assert!("a = 1\ncl = é".starts_with(&shown), "{shown:?}");
        }
    }
    assert!(stopped > 0);
    assert_eq!(shown, "a = 1\ncl = é");
}

#[test]
fn what_only_began_like_a_stop_string_is_shown_at_the_end() {
    let Some((_, tokenizer, _)) = golden() else { return };
    let stops = ["###".to_owned()];
    let mut stream = TextStream::new(&tokenizer, &stops);
    for id in tokenizer.encode("x #").unwrap().into_iter().chain(tokenizer.encode("#").unwrap()) {
        assert_eq!(stream.push(id).unwrap(), Progress::Going);
    }
    assert_eq!(stream.fresh(), "x ");
    stream.finish();
    assert_eq!(stream.fresh(), "##");
}

#[test]
fn a_number_that_is_no_token_is_an_error() {
    let Some((_, tokenizer, _)) = golden() else { return };
    let error = tokenizer.decode(&[512]).unwrap_err();
    assert!(matches!(error, TokenizerError::NoSuchToken { id: 512, size: 512 }));
}
