//! The weights of a BERT encoder out of an ONNX file, as floats, in 8 bits or in 4.

use std::collections::HashMap;
use std::path::Path;

use rten_onnx::onnx::{DataType, GraphProto, ModelProto, TensorProto};

use crate::cpu::encoder::{Encoder, EncoderLayer, Feed, Norm};
use crate::cpu::matrix::Matrix;
use crate::cpu::product::Affine;

/// Tensors by name, and for each product the tensor it multiplies by.
struct Graph {
    tensors: HashMap<String, Tensor>,
    /// From the place of a layer, as in `/encoder/layer.0/output/dense`, to the names of its weights and what belongs to them.
    products: HashMap<String, Vec<String>>,
}

struct Tensor {
    shape: Vec<usize>,
    values: Values,
}

enum Values {
    Floats(Vec<f32>),
    /// Codes, signed or not.
    Bytes(Vec<i16>),
}

/// Reads the encoder in the file at `path`, whose layers have `heads` heads. The error says what is wrong with the file.
pub fn read(path: &Path, heads: usize) -> Result<Encoder, String> {
    encoder(&Graph::open(path)?, heads)
}

/// Reads an encoder and the layer behind it that scores the labels of each of its rows.
pub fn read_classifier(path: &Path, heads: usize) -> Result<(Encoder, Affine), String> {
    let graph = Graph::open(path)?;
    let labels = graph.affine("/classifier", "classifier.bias")?;
    Ok((encoder(&graph, heads)?, labels))
}

fn encoder(graph: &Graph, heads: usize) -> Result<Encoder, String> {
    let (shape, words) = graph.table("embeddings.word_embeddings.weight")?;
    let width = shape[1];
    if !width.is_multiple_of(32) || !width.is_multiple_of(heads) {
        return Err(format!(
            "its rows have {width} numbers, which {heads} heads cannot share"
        ));
    }
    let layers = (0..).take_while(|at| graph.has_layer(*at));
    let layers: Vec<EncoderLayer> = layers
        .map(|at| graph.layer(at, width))
        .collect::<Result<_, String>>()?;
    if layers.is_empty() {
        return Err("it has no layers that are called as those of BERT".into());
    }
    Ok(Encoder {
        words: Matrix::eight_bit(shape[0], width, &words),
        positions: graph.table("embeddings.position_embeddings.weight")?.1,
        kind: graph.table("embeddings.token_type_embeddings.weight")?.1[..width].to_vec(),
        norm: graph.norm("embeddings.LayerNorm", width)?,
        layers,
        rotation: None,
        heads,
    })
}

/// Some exports call the encoder by its family, others do not.
const FAMILY: &str = "bert";

impl Graph {
    fn open(path: &Path) -> Result<Graph, String> {
        let file = std::fs::File::open(path).map_err(|error| error.to_string())?;
        let model = ModelProto::parse_file(file).map_err(|error| error.to_string())?;
        Graph::of(model.graph.ok_or("it has no graph")?)
    }

    fn of(graph: GraphProto) -> Result<Graph, String> {
        let mut products = HashMap::new();
        for node in &graph.node {
            let (Some(kind), Some(name)) = (&node.op_type, &node.name) else {
                continue;
            };
            if matches!(
                kind.as_str(),
                "MatMul" | "MatMulInteger" | "MatMulNBits" | "Gemm"
            ) && let Some((place, _)) = name.rsplit_once('/')
                && node.input.len() > 1
            {
                let place = place.strip_prefix('/').unwrap_or(place);
                let place = place.strip_prefix(FAMILY).unwrap_or(place);
                let place = format!("/{}", place.trim_start_matches('/'));
                products.insert(place, node.input[1..].to_vec());
            }
        }
        let mut tensors = HashMap::new();
        for tensor in graph.initializer {
            let Some(name) = tensor.name.clone() else {
                continue;
            };
            if let Some(read) =
                read_tensor(&tensor).map_err(|reason| format!("its tensor `{name}` {reason}"))?
            {
                let own = name.strip_prefix(FAMILY);
                let own = own.and_then(|own| own.strip_prefix('.'));
                tensors.insert(own.unwrap_or(&name).to_owned(), read);
            }
        }
        Ok(Graph { tensors, products })
    }

    fn has_layer(&self, at: usize) -> bool {
        self.products
            .contains_key(&format!("/encoder/layer.{at}/output/dense"))
    }

    fn layer(&self, at: usize, width: usize) -> Result<EncoderLayer, String> {
        let name = |part: &str| format!("encoder.layer.{at}.{part}");
        let place = |part: &str| format!("/encoder/layer.{at}/{part}");
        let mut weight = Vec::new();
        let mut bias = Vec::new();
        for part in ["query", "key", "value"] {
            let (shape, values) = self.weights(&place(&format!("attention/self/{part}")))?;
            require(&shape, &[width, width], part)?;
            weight.extend(values);
            bias.extend(self.vector(&name(&format!("attention.self.{part}.bias")), width)?);
        }
        Ok(EncoderLayer {
            attention: Affine {
                weight: Matrix::eight_bit(3 * width, width, &weight),
                bias: Some(bias),
            },
            attention_out: self.affine(
                &place("attention/output/dense"),
                &name("attention.output.dense.bias"),
            )?,
            attention_norm: self.norm(&name("attention.output.LayerNorm"), width)?,
            feed: Feed::Gelu {
                up: self.affine(
                    &place("intermediate/dense"),
                    &name("intermediate.dense.bias"),
                )?,
                down: self.affine(&place("output/dense"), &name("output.dense.bias"))?,
            },
            feed_norm: self.norm(&name("output.LayerNorm"), width)?,
        })
    }

    fn affine(&self, place: &str, bias: &str) -> Result<Affine, String> {
        let (shape, values) = self.weights(place)?;
        Ok(Affine {
            bias: Some(self.vector(bias, shape[0])?),
            weight: Matrix::eight_bit(shape[0], shape[1], &values),
        })
    }

    /// What is multiplied by at a place of the graph, `[outputs, inputs]`: the file has it the other way round.
    fn weights(&self, place: &str) -> Result<(Vec<usize>, Vec<f32>), String> {
        let names = self.products.get(place).map(Vec::as_slice);
        let names = names.ok_or_else(|| format!("it has no product at `{place}`"))?;
        let name = match names {
            [codes, scales] if codes.ends_with("_Q4") => return self.four_bit(codes, scales),
            _ => &names[0],
        };
        let (shape, values) = self.table(name.trim_end_matches("_quantized"))?;
        let (inputs, outputs) = (shape[0], shape[1]);
        if !inputs.is_multiple_of(32) {
            return Err(format!(
                "the weights at `{place}` have {inputs} columns, not a multiple of 32"
            ));
        }
        let column = |output: usize| values[output..].iter().step_by(outputs).copied();
        Ok((
            vec![outputs, inputs],
            (0..outputs).flat_map(column).collect(),
        ))
    }

    /// Weights of `MatMulNBits`, `[outputs, inputs]`: two codes of 4 bits in a byte, the lower first, around 8, with a scale for each
    /// 32 of a row.
    fn four_bit(&self, codes: &str, scales: &str) -> Result<(Vec<usize>, Vec<f32>), String> {
        let found = self.tensors.get(codes);
        let Some((&[outputs, blocks, 16], Values::Bytes(bytes))) =
            found.map(|tensor| (tensor.shape.as_slice(), &tensor.values))
        else {
            return Err(format!(
                "its tensor `{codes}` has no blocks of 32 in 4 bits"
            ));
        };
        let scales = self.floats(scales)?;
        require(&[scales.len()], &[outputs * blocks], codes)?;
        let pairs = bytes
            .chunks_exact(16)
            .zip(scales)
            .flat_map(|(block, scale)| {
                let halves = block.iter().flat_map(|byte| [byte & 15, byte >> 4]);
                halves.map(move |code| scale * f32::from(code - 8))
            });
        Ok((vec![outputs, blocks * 32], pairs.collect()))
    }

    /// A table of numbers, whichever way it is kept: `name` as floats, or `name_quantized` in 8 bits.
    fn table(&self, name: &str) -> Result<(Vec<usize>, Vec<f32>), String> {
        let quantized = format!("{name}_quantized");
        let tensor = self
            .tensors
            .get(name)
            .or_else(|| self.tensors.get(&quantized));
        let tensor = tensor.ok_or_else(|| format!("it has no tensor `{name}`"))?;
        let &[_, columns] = tensor.shape.as_slice() else {
            return Err(format!("its tensor `{name}` is no table"));
        };
        let values = match &tensor.values {
            Values::Floats(values) => values.clone(),
            Values::Bytes(codes) => self.scaled(name, codes, columns)?,
        };
        Ok((tensor.shape.clone(), values))
    }

    /// `scale * (code - zero)`, with one scale and zero for all of a table or for each of its columns.
    fn scaled(&self, name: &str, codes: &[i16], columns: usize) -> Result<Vec<f32>, String> {
        let scales = self.floats(&format!("{name}_scale"))?;
        let zeros = self.tensors.get(&format!("{name}_zero_point"));
        let Some(Values::Bytes(zeros)) = zeros.map(|zeros| &zeros.values) else {
            return Err(format!("its tensor `{name}` has no zero point"));
        };
        let fits = |count: usize| count == 1 || count == columns;
        if !fits(scales.len()) || !fits(zeros.len()) {
            return Err(format!(
                "its tensor `{name}` has {} scales and {} zero points for {columns} columns",
                scales.len(),
                zeros.len()
            ));
        }
        let value = |(at, code): (usize, &i16)| {
            let column = at % columns;
            let zero = zeros[column % zeros.len()];
            scales[column % scales.len()] * f32::from(code - zero)
        };
        Ok(codes.iter().enumerate().map(value).collect())
    }

    fn norm(&self, name: &str, width: usize) -> Result<Norm, String> {
        Ok(Norm {
            weight: self.vector(&format!("{name}.weight"), width)?,
            bias: self.vector(&format!("{name}.bias"), width)?,
            epsilon: 1e-12,
        })
    }

    fn vector(&self, name: &str, length: usize) -> Result<Vec<f32>, String> {
        let values = self.floats(name)?;
        require(&[values.len()], &[length], name)?;
        Ok(values.to_vec())
    }

    fn floats(&self, name: &str) -> Result<&[f32], String> {
        match self.tensors.get(name).map(|tensor| &tensor.values) {
            Some(Values::Floats(values)) => Ok(values),
            _ => Err(format!("it has no floats `{name}`")),
        }
    }
}

fn require(found: &[usize], expected: &[usize], name: &str) -> Result<(), String> {
    match found == expected {
        true => Ok(()),
        false => Err(format!(
            "`{name}` has the shape {found:?} where {expected:?} is needed"
        )),
    }
}

/// A tensor of floats or bytes; others are of no use here.
fn read_tensor(tensor: &TensorProto) -> Result<Option<Tensor>, String> {
    let shape: Vec<usize> = tensor
        .dims
        .iter()
        .map(|size| usize::try_from(*size).map_err(|_| "has a negative size".to_owned()))
        .collect::<Result<_, String>>()?;
    let raw = tensor.raw_data.as_ref().map(|raw| raw.borrow());
    let raw = raw.as_ref().map_or(&[] as &[u8], |raw| raw.as_slice());
    let values = match tensor.data_type {
        Some(DataType::FLOAT) if raw.is_empty() => Values::Floats(tensor.float_data.clone()),
        Some(DataType::FLOAT) => {
            let (words, _) = raw.as_chunks::<4>();
            Values::Floats(words.iter().map(|word| f32::from_le_bytes(*word)).collect())
        }
        Some(DataType::UINT8 | DataType::INT8) if raw.is_empty() => {
            Values::Bytes(tensor.int32_data.iter().map(|code| *code as i16).collect())
        }
        Some(DataType::UINT8) => Values::Bytes(raw.iter().map(|byte| i16::from(*byte)).collect()),
        Some(DataType::INT8) => {
            Values::Bytes(raw.iter().map(|byte| i16::from(*byte as i8)).collect())
        }
        _ => return Ok(None),
    };
    let count = match &values {
        Values::Floats(values) => values.len(),
        Values::Bytes(values) => values.len(),
    };
    let expected = shape
        .iter()
        .try_fold(1usize, |product, size| product.checked_mul(*size));
    match expected == Some(count) {
        true => Ok(Some(Tensor { shape, values })),
        false => Err(format!("has {count} values where its shape is {shape:?}")),
    }
}
