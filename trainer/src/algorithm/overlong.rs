//! A penalty that grows as an answer nears the limit of tokens.

/// The soft punishment of DAPO, arXiv:2503.14476, equation 13.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Overlong {
    /// The limit of tokens.
    pub longest: usize,
    /// Over how many tokens before the limit the penalty grows. Not zero.
    pub cache: usize,
}

impl Overlong {
    /// What is added to the reward of an answer of this many tokens: 0 up to `longest - cache`,
    /// then falling evenly to -1 at `longest`, and -1 beyond.
    ///
    /// ```
    /// use trainer::algorithm::Overlong;
    ///
    /// let overlong = Overlong { longest: 100, cache: 20 };
    /// assert_eq!([80, 85, 100, 101].map(|length| overlong.penalty(length)), [0.0, -0.25, -1.0, -1.0]);
    /// ```
    pub fn penalty(self, length: usize) -> f64 {
        let free = self.longest as f64 - self.cache as f64;
        ((free - length as f64) / self.cache as f64).clamp(-1.0, 0.0)
    }
}
