//! Medians, spreads and geometric means of a few positive numbers.

/// A sample of one quantity.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Sample(Vec<f64>);

impl Sample {
    pub(crate) fn push(&mut self, value: f64) {
        self.0.push(value);
        self.0.sort_by(f64::total_cmp);
    }

    /// The middle value; between the middle two of an even number. 0 of nothing.
    pub(crate) fn median(&self) -> f64 {
        let n = self.0.len();
        let at = |i: usize| self.0.get(i).copied().unwrap_or(0.0);
        if n % 2 == 1 { at(n / 2) } else { f64::midpoint(at((n / 2).saturating_sub(1)), at(n / 2)) }
    }

    pub(crate) fn min(&self) -> f64 {
        self.0.first().copied().unwrap_or(0.0)
    }

    pub(crate) fn max(&self) -> f64 {
        self.0.last().copied().unwrap_or(0.0)
    }
}

/// The geometric mean; `None` of nothing.
pub(crate) fn geometric_mean(values: &[f64]) -> Option<f64> {
    let count = u32::try_from(values.len()).ok().filter(|&n| n > 0)?;
    let sum: f64 = values.iter().map(|v| v.ln()).sum();
    Some((sum / f64::from(count)).exp())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures() {
        let mut sample = Sample::default();
        for v in [3.0, 1.0, 2.0, 10.0] {
            sample.push(v);
        }
        assert_eq!((sample.median(), sample.min(), sample.max()), (2.5, 1.0, 10.0));
        assert_eq!(Sample::default().median(), 0.0);
        let mean = geometric_mean(&[1.0, 4.0]).expect("two values");
        assert!((mean - 2.0).abs() < 1e-12);
        assert_eq!(geometric_mean(&[]), None);
    }
}
