//! A bound on how deep a text makes the parser recurse, found without recursing.
//!
//! A megabyte of `(` or of `- - - -` is a cheap way to overflow the stack of whoever parses it, and
//! a stack overflow cannot be caught. So the tokens are counted first: each operator and each
//! opening bracket may deepen the tree by one. A comma starts a new sibling, so long lists stay
//! shallow. The bound is generous, and what exceeds it is not something a person wrote.

use ruff_python_ast::token::TokenKind;
use ruff_python_parser::{Mode, lexer};

/// How deep a statement may nest; CPython gives up between one and three thousand.
const LIMIT: usize = 1000;

/// Whether parsing `source` may recurse deeper than the limit.
pub(super) fn exceeds_limit(source: &str) -> bool {
    let mut lexer = lexer::lex(source, Mode::Module);
    let mut depth = Depth::default();
    loop {
        match lexer.next_token() {
            TokenKind::EndOfFile => return false,
            token => depth.take(token),
        }
        if depth.total() > LIMIT {
            return true;
        }
    }
}

/// Depth of the tree at one token.
#[derive(Default)]
struct Depth {
    /// Brackets that are open, each with the operators seen in it since its last comma.
    open: Vec<(TokenKind, usize)>,
    /// Sum of the counts in `open`, plus the brackets themselves.
    enclosing: usize,
    /// Operators outside all brackets.
    outside: usize,
    /// Lambdas in this statement: their commas separate parameters, not siblings.
    lambdas: usize,
    /// Indented blocks.
    blocks: usize,
}

impl Depth {
    fn total(&self) -> usize {
        self.enclosing + self.outside + self.lambdas + self.blocks
    }

    fn take(&mut self, token: TokenKind) {
        match token {
            TokenKind::Indent => self.blocks += 1,
            TokenKind::Dedent => self.blocks = self.blocks.saturating_sub(1),
            TokenKind::Newline | TokenKind::Semi if self.open.is_empty() => {
                self.outside = 0;
                self.lambdas = 0;
            }
            TokenKind::Comma => self.start_sibling(),
            TokenKind::Lambda => self.lambdas += 1,
            _ if let Some(closer) = closer_of(token) => {
                self.deepen();
                self.open.push((closer, 0));
                self.enclosing += 1;
            }
            _ if self.open.last().is_some_and(|(closer, _)| *closer == token) => {
                let (_, count) = self.open.pop().expect("the last bracket is there");
                self.enclosing -= count + 1;
            }
            // What closes another bracket than the last leaves none: the parser, as it recovers from
            // such an error, may stay in all of them.
            TokenKind::Rpar | TokenKind::Rsqb | TokenKind::Rbrace => {}
            _ if token.is_operator() || token.is_keyword() => self.deepen(),
            _ => {}
        }
    }

    fn deepen(&mut self) {
        match self.open.last_mut() {
            Some((_, count)) => {
                *count += 1;
                self.enclosing += 1;
            }
            None => self.outside += 1,
        }
    }

    fn start_sibling(&mut self) {
        match self.open.last_mut() {
            Some((_, count)) => self.enclosing -= std::mem::take(count),
            None => self.outside = 0,
        }
    }
}

fn closer_of(opener: TokenKind) -> Option<TokenKind> {
    match opener {
        TokenKind::Lpar => Some(TokenKind::Rpar),
        TokenKind::Lsqb => Some(TokenKind::Rsqb),
        TokenKind::Lbrace => Some(TokenKind::Rbrace),
        TokenKind::FStringStart => Some(TokenKind::FStringEnd),
        TokenKind::TStringStart => Some(TokenKind::TStringEnd),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_flat_list_is_shallow() {
        assert!(!exceeds_limit(&format!("x = [{}]", "[-1, f(a.b)],\n".repeat(5000))));
        assert!(!exceeds_limit(&"x = a.b + c(d)[e]\n".repeat(5000)));
    }

    #[test]
    fn deep_texts_exceed_the_limit_whatever_they_are_made_of() {
        for piece in [
            "(",
            "- ",
            "not ",
            "lambda a, b: ",
            "a.",
            "a + ",
            "f(]",
            "f'{",
            "a if b else ",
            "[x,(",
            "{(]",
        ] {
            assert!(exceeds_limit(&piece.repeat(LIMIT + 1)), "{piece}");
        }
    }

    #[test]
    fn the_parser_survives_the_deepest_text_that_passes() {
        for piece in [
            "(",
            "[",
            "{",
            "- ",
            "not ",
            "await ",
            "lambda: ",
            "a.",
            "a**",
            "a(",
            "f'{",
            "a if b else ",
        ] {
            let deepest =
                (1..LIMIT).rev().map(|n| piece.repeat(n)).find(|text| !exceeds_limit(text));
            crate::syntax::parses(&deepest.expect("one piece is shallow"));
        }
    }
}
