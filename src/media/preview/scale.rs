//! Area averaging, for rows that come in any order and rows of which every nth pixel is known.

use super::{MEMORY, Plan};

/// Sums of the pixels under each pixel of the result: red, green and blue times alpha, and alpha, 0 to 255.
pub struct Scaler {
    plan: Plan,
    /// For each column of the part that is used: the column of the result, and how much of it falls there. The rest
    /// falls into the next.
    columns: Vec<(u32, f32)>,
    line: Vec<[f32; 4]>,
    sums: Vec<[f32; 4]>,
}

fn place(at: u32, from: u32, to: u32) -> (u32, f32) {
    let (at, from, to) = (u64::from(at), u64::from(from), u64::from(to));
    let start = at * to;
    let target = start / from;
    let border = (target + 1) * from;
    if start + to <= border {
        (target as u32, 1.0)
    } else {
        (target as u32, (border - start) as f32 / to as f32)
    }
}

impl Scaler {
    /// None where the sums and what the decoder takes would be too much.
    pub fn new(plan: Plan, decoder: u64) -> Option<Scaler> {
        if plan.memory().checked_add(decoder)? > MEMORY {
            return None;
        }
        let pixels = plan.width as usize * plan.height as usize;
        Some(Scaler {
            columns: (0..plan.crop.2).map(|at| place(at, plan.crop.2, plan.width)).collect(),
            line: vec![[0.0; 4]; plan.width as usize + 1],
            sums: vec![[0.0; 4]; pixels],
            plan,
        })
    }

    pub fn size(&self) -> (u32, u32) {
        (self.plan.width, self.plan.height)
    }

    /// Adds a whole row of RGBA pixels.
    pub fn row(&mut self, y: u32, pixels: &[u8]) {
        self.sparse_row(y, 0, 1, pixels);
    }

    /// Adds RGBA pixels of a row, the first of which lies at `x` and each other `step` further.
    pub fn sparse_row(&mut self, y: u32, x: u32, step: u32, pixels: &[u8]) {
        let (left, top, width, height) = self.plan.crop;
        let Some(y) = y.checked_sub(top).filter(|y| *y < height) else { return };
        let mut column = x;
        for pixel in pixels.as_chunks::<4>().0 {
            let at = column;
            column = column.saturating_add(step);
            let Some(at) = at.checked_sub(left) else { continue };
            if at >= width {
                break;
            }
            let Some((target, share)) = self.columns.get(at as usize) else { break };
            let [red, green, blue, alpha] = *pixel;
            let value = if alpha == 255 {
                [f32::from(red), f32::from(green), f32::from(blue), 255.0]
            } else {
                let alpha = f32::from(alpha);
                let part = alpha / 255.0;
                [f32::from(red) * part, f32::from(green) * part, f32::from(blue) * part, alpha]
            };
            let Some([first, second]) =
                self.line.get_mut(*target as usize..).and_then(|line| line.first_chunk_mut())
            else {
                break;
            };
            if *share == 1.0 {
                for (sum, value) in first.iter_mut().zip(value) {
                    *sum += value;
                }
            } else {
                for ((first, second), value) in first.iter_mut().zip(second).zip(value) {
                    *first += value * share;
                    *second += value * (1.0 - share);
                }
            }
        }
        let (target, share) = place(y, height, self.plan.height);
        let width = self.plan.width as usize;
        let mut rows = self.sums.chunks_exact_mut(width).skip(target as usize);
        for share in [share, 1.0 - share] {
            if share > 0.0
                && let Some(row) = rows.next()
            {
                for (sums, values) in row.iter_mut().zip(&self.line) {
                    for (sum, value) in sums.iter_mut().zip(values) {
                        *sum += value * share;
                    }
                }
            }
        }
        self.line.fill([0.0; 4]);
    }

    /// RGBA pixels, alpha not multiplied in.
    pub fn finish(self) -> Vec<u8> {
        let part = |from: u32, to: u32| to as f32 / from as f32;
        let factor = part(self.plan.crop.2, self.plan.width) * part(self.plan.crop.3, self.plan.height);
        let mut result = Vec::with_capacity(self.sums.len() * 4);
        for [red, green, blue, alpha] in self.sums {
            let whole = (alpha * factor + 0.5).clamp(0.0, 255.0) as u8;
            let colour =
                |sum: f32| if alpha > 0.0 { (sum * 255.0 / alpha + 0.5).clamp(0.0, 255.0) as u8 } else { 0 };
            result.extend_from_slice(&if whole == 0 {
                [0; 4]
            } else {
                [colour(red), colour(green), colour(blue), whole]
            });
        }
        result
    }
}
