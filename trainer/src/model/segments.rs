//! Several texts in one row of tokens, none of which sees another.
//!
//! Tokens are packed without padding: `[tokens]`, text after text. Positions begin at zero in each,
//! and attention is computed text by text, so there is no mask that could be wrong and no work for
//! pairs that see nothing of each other. Neighbours of equal length are computed together.
//!
//! Texts that begin alike, as the answers to one prompt do, can share their beginning: a *trunk* is
//! computed once, and each of its *branches* sees it and itself. Eight short answers to a long prompt
//! then cost little more than one.
//!
//! Left out: a kernel for texts of unequal lengths. On a GPU, many short texts cost a launch each.

use tch::{Kind, Tensor};

use super::attention::Reach;

/// How the packed texts lie.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Segments {
    parts: Vec<Part>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Part {
    length: i64,
    /// The part that it goes on from, by the index of its first token and its length.
    trunk: Option<(i64, i64)>,
}

impl Segments {
    /// Texts of these lengths; those without a token are no texts.
    pub fn new(lengths: impl IntoIterator<Item = usize>) -> Self {
        let lengths = lengths.into_iter().filter(|&length| length > 0);
        let parts = lengths.map(|length| Part { length: length as i64, trunk: None });
        Self { parts: parts.collect() }
    }

    /// Adds a text of this length; one without a token is no text.
    pub fn add(&mut self, length: usize) {
        if length > 0 {
            self.parts.push(Part { length: length as i64, trunk: None });
        }
    }

    /// Adds a trunk of this length and branches of those lengths, none of which is zero.
    pub fn add_tree(&mut self, trunk: usize, branches: impl IntoIterator<Item = usize>) {
        let (begin, length) = (self.tokens(), trunk as i64);
        self.parts.push(Part { length, trunk: None });
        let branch = |branch: usize| Part { length: branch as i64, trunk: Some((begin, length)) };
        self.parts.extend(branches.into_iter().map(branch));
    }

    /// The number of tokens of each text, or of each trunk and branch.
    pub fn lengths(&self) -> Vec<i64> {
        self.parts.iter().map(|part| part.length).collect()
    }

    /// The number of tokens of all.
    pub fn tokens(&self) -> i64 {
        self.parts.iter().map(|part| part.length).sum()
    }

    /// The place of every token in its own text.
    pub fn positions(&self) -> Vec<i64> {
        let places = self.parts.iter().flat_map(|part| {
            let first = part.trunk.map_or(0, |(_, length)| length);
            first..first + part.length
        });
        places.collect()
    }

    /// The index of the last token of each text, or of each trunk and branch.
    pub fn last_tokens(&self) -> Vec<i64> {
        let ends = self.parts.iter().scan(0, |end, part| {
            *end += part.length;
            Some(*end - 1)
        });
        ends.collect()
    }

    /// Neighbours that are computed together: equally long texts, or the branches of one trunk.
    fn runs(&self) -> impl Iterator<Item = &[Part]> {
        self.parts.chunk_by(|left, right| match (left.trunk, right.trunk) {
            (None, None) => left.length == right.length,
            (left, right) => left == right,
        })
    }
}

/// A token sees itself and those before it in its text.
impl Reach for &Segments {
    fn attend(&mut self, _layer: usize, query: &Tensor, key: &Tensor, value: &Tensor) -> Tensor {
        let all = Projected { query, key, value };
        let mut begin = 0;
        let runs = self.runs().map(|run| {
            let taken = match run[0].trunk {
                None => all.texts(begin, run.len() as i64, run[0].length),
                Some(trunk) => all.branches(begin, trunk, run),
            };
            begin += run.iter().map(|part| part.length).sum::<i64>();
            taken
        });
        let runs: Vec<Tensor> = runs.collect();
        if let [run] = &runs[..] { run.shallow_clone() } else { Tensor::cat(&runs, 0) }
    }
}

/// Queries, keys and values of all tokens: `[tokens, heads, head_size]`.
struct Projected<'a> {
    query: &'a Tensor,
    key: &'a Tensor,
    value: &'a Tensor,
}

impl Projected<'_> {
    /// What `count` texts of equal length take, the first of which begins here.
    fn texts(&self, begin: i64, count: i64, length: i64) -> Tensor {
        let [_, heads, head_size] = self.query.size()[..] else { unreachable!("three dimensions") };
        // [texts, heads, length, head_size]
        let part = |all: &Tensor| {
            let run = all.narrow(0, begin, count * length);
            run.view([count, length, -1, head_size]).transpose(1, 2)
        };
        let (query, key, value) = (part(self.query), part(self.key), part(self.value));
        let taken = attention(&query, &key, &value, None);
        taken.transpose(1, 2).reshape([count * length, heads, head_size])
    }

    /// What the branches of a trunk take, the first of which begins here.
    ///
    /// They are padded to the longest with what comes later than all their tokens, and is therefore
    /// not seen by any.
    fn branches(&self, begin: i64, (trunk, length): (i64, i64), branches: &[Part]) -> Tensor {
        let device = self.query.device();
        let count = branches.len() as i64;
        let longest = branches.iter().map(|branch| branch.length).max().unwrap_or(0);
        let (mut padded, mut kept) = (Vec::new(), Vec::new());
        let mut first = begin;
        for (row, branch) in branches.iter().enumerate() {
            padded.extend((0..longest).map(|place| first + place.min(branch.length - 1)));
            kept.extend((0..branch.length).map(|place| row as i64 * longest + place));
            first += branch.length;
        }
        let padded = Tensor::from_slice(&padded).to_device(device);
        let kept = Tensor::from_slice(&kept).to_device(device);
        // [branches, heads, longest, head_size]
        let own = |all: &Tensor| {
            let [_, heads, head_size] = all.size()[..] else { unreachable!("three dimensions") };
            let rows = all.index_select(0, &padded);
            rows.view([count, longest, heads, head_size]).transpose(1, 2)
        };
        let with_trunk = |all: &Tensor| {
            let trunk = all.narrow(0, trunk, length).transpose(0, 1).unsqueeze(0);
            Tensor::cat(&[trunk.expand([count, -1, -1, -1], false), own(all)], 2)
        };
        let options = (Kind::Bool, device);
        let seen = Tensor::ones([longest, length + longest], options).tril(length);
        let (key, value) = (with_trunk(self.key), with_trunk(self.value));
        let taken = attention(&own(self.query), &key, &value, Some(&seen));
        let [_, heads, _, head_size] = taken.size()[..] else { unreachable!("four dimensions") };
        let rows = taken.transpose(1, 2).reshape([count * longest, heads, head_size]);
        rows.index_select(0, &kept)
    }
}

/// Each query sees what `seen` says, or without it those not after its own place.
fn attention(query: &Tensor, key: &Tensor, value: &Tensor, seen: Option<&Tensor>) -> Tensor {
    let causal = seen.is_none();
    Tensor::scaled_dot_product_attention(query, key, value, seen, 0.0, causal, None, true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_begin_anew_in_each_text() {
        let segments = Segments::new([3, 0, 2, 2]);
        assert_eq!(segments.tokens(), 7);
        assert_eq!(segments.positions(), [0, 1, 2, 0, 1, 0, 1]);
        assert_eq!(segments.last_tokens(), [2, 4, 6]);
        assert_eq!(segments.runs().map(<[Part]>::len).collect::<Vec<_>>(), [1, 2]);
    }

    #[test]
    fn a_branch_goes_on_from_its_trunk() {
        let mut segments = Segments::new([2]);
        segments.add_tree(3, [2, 1]);
        assert_eq!(segments.positions(), [0, 1, 0, 1, 2, 3, 4, 3]);
        assert_eq!(segments.runs().map(<[Part]>::len).collect::<Vec<_>>(), [1, 1, 2]);
    }
}
