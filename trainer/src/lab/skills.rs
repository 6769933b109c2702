//! Tracked skills: a world in which a thought pays.
//!
//! A prompt names `L` skills, `1C2A3Q...`. A skill is a fixed permutation of `m` hidden states, and the
//! state after skill `i` is `h_i = P(h_{i-1})`. A program has two lines for each skill, `x1=0` and
//! `y1=1`, which tell one bit of `h_i` between them: the second is the opposite of the first. So whoever predicts a line has to have followed all skills before it, which a model of a few
//! layers cannot do in one pass; but with the last state written down, `#1c`, the next one takes a
//! single step. Thinking is of use exactly once before every two lines.
//!
//! Texts are made of few tokens: one for each place and skill, one for each line's name, one for a
//! comment's beginning.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::environment::{Earned, Environment, EnvironmentError};
use crate::model::{Config, ConfigError};
use crate::ra3::{Actions, Program};
use crate::sampling::Draw;
use crate::tokenizer::{Tokenizer, TokenizerError};

/// The names of the two lines of a segment.
const LINES: [char; 2] = ['x', 'y'];

/// The token that ends a text; no text is made of it.
const END: &str = "<end>";

/// The world: which skill does what, and which state shows which bits.
#[derive(Clone, Debug)]
pub struct Skills {
    shape: SkillsShape,
    /// `[skill][state]`
    moves: Vec<Vec<usize>>,
    /// `[line][state]`
    bits: Vec<Vec<bool>>,
}

/// How large a world is.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct SkillsShape {
    /// How many skills a prompt names; at most 9.
    pub length: usize,
    /// How many skills there are; at most 26. The more, the harder it is to learn by heart what several
    /// of them do in a row, which is what a model without thoughts would have to do.
    pub skills: usize,
    /// How many hidden states there are; at most 20.
    pub states: usize,
}

impl Default for SkillsShape {
    fn default() -> Self {
        Self { length: 8, skills: 26, states: 6 }
    }
}

/// A prompt: the numbers of its skills.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SkillsPrompt(Vec<usize>);

impl Skills {
    /// The world of this seed and shape; what is too large of that is made smaller.
    pub fn new(seed: u64, shape: SkillsShape) -> Self {
        let shape = SkillsShape {
            length: shape.length.clamp(1, 9),
            skills: shape.skills.clamp(1, 26),
            states: shape.states.clamp(2, 20),
        };
        let permutation = |number| permutation(seed, number, shape.states);
        let moves = (0..shape.skills).map(|skill| permutation(skill as u32));
        // Half of the states show 0 in the first line, and the second line says the opposite.
        let first: Vec<bool> =
            permutation(shape.skills as u32).iter().map(|it| it % 2 == 1).collect();
        let second = first.iter().map(|bit| !bit).collect();
        Self { shape, moves: moves.collect(), bits: vec![first, second] }
    }

    /// How many lines a segment has.
    pub const SEGMENT: usize = LINES.len();

    /// The prompt with this number, of a list with this seed.
    pub fn prompt(&self, seed: u64, number: u32) -> SkillsPrompt {
        let skill = |position| {
            let draw = Draw { seed, step: 0, prompt: number, sample: 0, position };
            (draw.uniform() * self.shape.skills as f64) as usize
        };
        SkillsPrompt((0..self.shape.length as u32).map(skill).collect())
    }

    /// The text of a prompt.
    pub fn text(&self, prompt: &SkillsPrompt) -> String {
        let named = prompt.0.iter().enumerate();
        named
            .map(|(place, skill)| format!("{}{}", place + 1, name(b'A', *skill)))
            .collect::<String>()
            + "\n"
    }

    /// The right program for a prompt, with the states as comments if they are asked for.
    pub fn program(&self, prompt: &SkillsPrompt, commented: bool) -> String {
        let mut state = 0;
        let mut text = String::new();
        for (place, &skill) in prompt.0.iter().enumerate() {
            state = self.moves[skill][state];
            let place = place + 1;
            if commented {
                text += &format!("#{place}{}\n", name(b'a', state));
            }
            for (line, bits) in LINES.iter().zip(&self.bits) {
                text += &format!("{line}{place}={}\n", u8::from(bits[state]));
            }
        }
        text
    }

    /// Whether the lines of a program that are no comments are the right ones.
    pub fn is_right(&self, prompt: &SkillsPrompt, program: &str) -> bool {
        let code = program.lines().filter(|line| !line.starts_with('#'));
        code.eq(self.program(prompt, false).lines())
    }

    /// What texts of this world are made of.
    ///
    /// # Errors
    ///
    /// None that could happen: the library is given a vocabulary that it knows how to read.
    pub fn tokenizer(&self) -> Result<Tokenizer, TokenizerError> {
        let mut vocabulary: Vec<String> = vec![END.to_owned(), "Ċ".to_owned(), "0".to_owned()];
        let mut merges: Vec<[String; 2]> = Vec::new();
        let places: Vec<String> = (1..=self.shape.length).map(|place| place.to_string()).collect();
        vocabulary.extend(places.iter().cloned());
        vocabulary.extend(["#", "="].map(str::to_owned));
        vocabulary.extend(LINES.map(String::from));
        let letters = |first, count| (0..count).map(move |it| name(first, it).to_string());
        vocabulary.extend(letters(b'a', self.shape.states).chain(letters(b'A', self.shape.skills)));
        let mut merge = |left: &str, right: &str| {
            merges.push([left.to_owned(), right.to_owned()]);
            vocabulary.push(format!("{left}{right}"));
        };
        for place in &places {
            for line in LINES.map(String::from) {
                merge(&line, place);
                merge(&format!("{line}{place}"), "=");
            }
            merge("#", place);
        }
        for place in &places {
            letters(b'A', self.shape.skills).for_each(|skill| merge(place, &skill));
        }
        let numbered: Value =
            vocabulary.into_iter().enumerate().map(|(id, token)| (token, json!(id))).collect();
        let bytes = json!({
            "type": "ByteLevel", "add_prefix_space": false, "trim_offsets": false, "use_regex": false,
        });
        Tokenizer::from_json(&json!({
            "version": "1.0", "truncation": null, "padding": null,
            "added_tokens": [{
                "id": 0, "content": END, "single_word": false, "lstrip": false, "rstrip": false,
                "normalized": false, "special": true,
            }],
            "normalizer": null, "pre_tokenizer": bytes, "post_processor": null, "decoder": bytes,
            "model": { "type": "BPE", "vocab": numbered, "merges": merges },
        }))
    }

    /// The shape of a model for this world.
    ///
    /// # Errors
    ///
    /// The numbers do not go together.
    pub fn model(
        &self,
        tokenizer: &Tokenizer,
        layers: usize,
        width: usize,
    ) -> Result<Config, ConfigError> {
        let config = json!({
            "model_type": "llama", "hidden_size": width, "intermediate_size": 4 * width,
            "vocab_size": tokenizer.size(), "num_hidden_layers": layers, "num_attention_heads": 4,
            "num_key_value_heads": 4, "head_dim": width / 4, "rms_norm_eps": 1e-6,
            "max_position_embeddings": 20 * self.shape.length + 16, "tie_word_embeddings": false,
            "eos_token_id": 0,
        });
        let Value::Object(config) = config else { unreachable!("it is written as an object") };
        Config::parse(config)
    }

    /// A text as tokens: the end of the one before, the prompt, the program, the end; cut into lines
    /// behind the prompt.
    ///
    /// # Errors
    ///
    /// None that could happen: the tokenizer is the world's own.
    pub fn document(
        &self,
        tokenizer: &Tokenizer,
        prompt: &SkillsPrompt,
        commented: bool,
    ) -> Result<Program, TokenizerError> {
        let before = [&[0], &tokenizer.encode(&self.text(prompt))?[..]].concat();
        let text = tokenizer.encode(&self.program(prompt, commented))?;
        Program::document(tokenizer, &before, &text, 0, Actions::Lines)
    }

    /// A prompt as something to learn from: an answer earns 1 if all its lines are right.
    pub fn environment(&self, prompt: &SkillsPrompt) -> impl Environment + 'static + use<> {
        let text = END.to_owned() + &self.text(prompt);
        Task { world: self.clone(), prompt: prompt.clone(), text }
    }
}

struct Task {
    world: Skills,
    prompt: SkillsPrompt,
    text: String,
}

impl Environment for Task {
    fn prompt(&self) -> &str {
        &self.text
    }

    async fn reward(&self, completion: &str) -> Result<Earned, EnvironmentError> {
        Ok(f32::from(u8::from(self.world.is_right(&self.prompt, completion))).into())
    }
}

fn name(first: u8, number: usize) -> char {
    char::from(first + number as u8)
}

/// A permutation of the states.
fn permutation(seed: u64, number: u32, count: usize) -> Vec<usize> {
    let key = |state: &usize| {
        let draw = Draw { seed, step: 1, prompt: number, sample: *state as u32, position: 0 };
        draw.uniform()
    };
    let mut states: Vec<usize> = (0..count).collect();
    states.sort_by(|left, right| key(left).total_cmp(&key(right)));
    states
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_says_bits_of_states_and_a_commented_one_the_states() {
        let world = Skills::new(1, SkillsShape { length: 3, ..SkillsShape::default() });
        let prompt = world.prompt(5, 0);
        let (plain, commented) = (world.program(&prompt, false), world.program(&prompt, true));
        assert_eq!((plain.lines().count(), commented.lines().count()), (6, 9));
        assert!(world.is_right(&prompt, &plain) && world.is_right(&prompt, &commented));
        assert!(!world.is_right(&prompt, &plain.replace("x1=0", "x1=2").replace("x1=1", "x1=2")));
        assert!(!world.is_right(&prompt, ""));
    }

    #[test]
    fn two_lines_do_not_tell_the_state() {
        let world = Skills::new(1, SkillsShape { length: 3, ..SkillsShape::default() });
        let shown = |state: usize| (world.bits[0][state], world.bits[1][state]);
        let distinct: std::collections::HashSet<_> = (0..6).map(shown).collect();
        assert!(distinct.len() == 2);
    }

    #[test]
    fn every_line_is_an_action_of_three_tokens() {
        let world = Skills::new(1, SkillsShape::default());
        let tokenizer = world.tokenizer().expect("it can be read");
        let prompt = world.prompt(5, 0);
        let document = world.document(&tokenizer, &prompt, false).expect("it can be encoded");
        assert_eq!(document.actions.len(), 16);
        assert_eq!(document.tokens.len(), 1 + 8 + 1 + 48 + 1);
        assert_eq!(document.action(0).len(), 3);
        let text = tokenizer.decode(&document.tokens).expect("they are tokens");
        assert_eq!(
            text,
            format!("{END}{}{}{END}", world.text(&prompt), world.program(&prompt, false))
        );
        let commented = world.document(&tokenizer, &prompt, true).expect("it can be encoded");
        assert_eq!(commented.actions.len(), 24);
    }
}
