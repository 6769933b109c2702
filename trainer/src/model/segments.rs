//! Several texts in one row of tokens, none of which sees another.
//!
//! Tokens are packed without padding: `[tokens]`, text after text. Positions begin at zero in each,
//! and attention is computed text by text, so there is no mask that could be wrong and no work for
//! pairs that see nothing of each other. Neighbours of equal length are computed together.
//!
//! Left out: a kernel for texts of unequal lengths. On a GPU, many short texts cost a launch each.

use tch::Tensor;

use super::attention::Reach;

/// How long each of the packed texts is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Segments {
    lengths: Vec<i64>,
}

impl Segments {
    /// Texts of these lengths; those without a token are no texts.
    pub fn new(lengths: impl IntoIterator<Item = usize>) -> Self {
        let lengths = lengths.into_iter().filter(|&length| length > 0);
        Self { lengths: lengths.map(|length| length as i64).collect() }
    }

    /// The number of tokens of each text.
    pub fn lengths(&self) -> &[i64] {
        &self.lengths
    }

    /// The number of tokens of all.
    pub fn tokens(&self) -> i64 {
        self.lengths.iter().sum()
    }

    /// The place of every token in its own text.
    pub fn positions(&self) -> Vec<i64> {
        self.lengths.iter().flat_map(|&length| 0..length).collect()
    }

    /// The index of each text's last token.
    pub fn last_tokens(&self) -> Vec<i64> {
        let ends = self.lengths.iter().scan(0, |end, &length| {
            *end += length;
            Some(*end - 1)
        });
        ends.collect()
    }

    /// Runs of neighbours that are equally long: how many, and how long each is.
    fn runs(&self) -> impl Iterator<Item = (i64, i64)> {
        self.lengths.chunk_by(i64::eq).map(|run| (run.len() as i64, run[0]))
    }
}

/// A token sees itself and those before it in its text.
impl Reach for &Segments {
    fn attend(&mut self, _layer: usize, query: &Tensor, key: &Tensor, value: &Tensor) -> Tensor {
        let [_, heads, head_size] = query.size()[..] else { unreachable!("three dimensions") };
        let mut begin = 0;
        let runs = self.runs().map(|(texts, length)| {
            // [texts, heads, length, head_size]
            let part = |all: &Tensor| {
                let run = all.narrow(0, begin, texts * length);
                run.view([texts, length, -1, head_size]).transpose(1, 2)
            };
            let taken = Tensor::scaled_dot_product_attention(
                &part(query),
                &part(key),
                &part(value),
                None::<&Tensor>,
                0.0,
                true,
                None,
                true,
            );
            begin += texts * length;
            taken.transpose(1, 2).reshape([texts * length, heads, head_size])
        });
        let runs: Vec<Tensor> = runs.collect();
        if let [run] = &runs[..] { run.shallow_clone() } else { Tensor::cat(&runs, 0) }
    }
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
        assert_eq!(segments.runs().collect::<Vec<_>>(), [(1, 3), (2, 2)]);
    }
}
