//! Words in source text, where reading it as Python would be more than is needed.

/// What stands before and behind every `word` in `text` that is not the end of a longer one.
pub(super) fn around<'a>(text: &'a str, word: &'a str) -> impl Iterator<Item = (&'a str, &'a str)> {
    let parts = text.match_indices(word).map(|(at, _)| (&text[..at], &text[at + word.len()..]));
    parts.filter(|(before, _)| !before.ends_with(goes_on))
}

/// Whether a word goes on with `character`.
pub(super) fn goes_on(character: char) -> bool {
    character.is_alphanumeric() || character == '_'
}
