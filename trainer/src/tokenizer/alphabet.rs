//! The letters in which byte-level tokenizers write bytes.
//!
//! Vocabularies are texts, but tokens are bytes, and not all bytes are a text. So each byte has a
//! letter: printable ones of Latin-1 are their own, and the 68 others have the letters from U+0100
//! on, in order. This is GPT-2's convention, which all such tokenizers keep.

/// The byte that a letter stands for, if it is one of the 256.
pub(super) fn byte(letter: char) -> Option<u8> {
    let code = u32::from(letter);
    match code {
        0..0x100 => u8::try_from(code).ok().filter(|byte| is_own_letter(*byte)),
        _ => (0..=u8::MAX).filter(|byte| !is_own_letter(*byte)).nth(code as usize - 0x100),
    }
}

fn is_own_letter(byte: u8) -> bool {
    matches!(byte, b'!'..=b'~' | 0xa1..=0xac | 0xae..=0xff)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn every_byte_has_one_letter() {
        let letters = (0..0x200).filter_map(char::from_u32);
        let bytes: Vec<u8> = letters.filter_map(byte).collect();
        assert_eq!(bytes.len(), 256);
        assert_eq!(bytes.iter().collect::<HashSet<_>>().len(), 256);
    }

    #[test]
    fn space_and_line_end_have_the_letters_that_vocabularies_show() {
        assert_eq!(byte('Ġ'), Some(b' '));
        assert_eq!(byte('Ċ'), Some(b'\n'));
        assert_eq!(byte('a'), Some(b'a'));
        assert_eq!(byte(' '), None);
    }
}
