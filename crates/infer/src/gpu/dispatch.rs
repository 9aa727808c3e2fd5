//! Kernels as pipelines with their buffers: made once, run any number of times.

use std::collections::HashMap;
use std::path::Path;

use super::cache::PipelineCache;
use super::matrix::Run;
use super::packing::Packing;
use super::{Gpu, GpuError};

/// The pipelines of a model, one for each text.
pub(crate) struct Pipelines {
    gpu: Gpu,
    made: HashMap<String, Pipeline>,
    cache: Option<PipelineCache>,
}

#[derive(Clone)]
struct Pipeline {
    pipeline: wgpu::ComputePipeline,
    layout: wgpu::BindGroupLayout,
}

/// A pipeline with its buffers and its grid.
pub(crate) struct Dispatch {
    /// The kernel, and the packing of the weights it reads.
    pub name: &'static str,
    pub packing: Option<Packing>,
    /// Bytes of weights it reads.
    pub weights: u64,
    pipeline: wgpu::ComputePipeline,
    bindings: wgpu::BindGroup,
    grid: [Extent; 3],
}

/// Workgroups along one side of a grid.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Extent {
    /// The same for every call.
    Fixed(u32),
    /// One for so many tokens.
    Tokens(u32),
    /// One for each part of the context.
    Splits,
}

/// What changes from one pass over tokens to the next; `shaders/lib/call.wgsl`.
#[repr(C)]
#[derive(Debug, Clone, Copy, Default, bytemuck::Pod, bytemuck::Zeroable)]
pub(crate) struct Call {
    pub tokens: u32,
    pub row: u32,
    pub splits: u32,
    pub split_pages: u32,
    pub masked: u32,
    pub turn: u32,
    /// Uniforms are made of 16 bytes.
    pub padding: [u32; 2],
}

impl Pipelines {
    pub fn new(gpu: Gpu) -> Pipelines {
        Pipelines {
            gpu,
            made: HashMap::new(),
            cache: None,
        }
    }

    /// Pipelines that were compiled before are taken from `folder`, and kept there.
    pub fn kept_in(gpu: Gpu, folder: Option<&Path>) -> Pipelines {
        let cache = folder.and_then(|folder| PipelineCache::open(&gpu, folder));
        Pipelines {
            cache,
            ..Pipelines::new(gpu)
        }
    }

    /// Writes what was compiled to the folder.
    pub fn keep(&self) {
        if let Some(cache) = &self.cache {
            cache.keep();
        }
    }

    /// The kernel `text` with the entry point `name`, its `buffers` in the order of its bindings.
    pub fn dispatch(
        &mut self,
        name: &'static str,
        text: String,
        buffers: &[&wgpu::Buffer],
        grid: [Extent; 3],
    ) -> Dispatch {
        let Pipeline { pipeline, layout } = self.pipeline(name, text);
        let entries: Vec<wgpu::BindGroupEntry> = (0..)
            .zip(buffers)
            .map(|(binding, buffer)| wgpu::BindGroupEntry {
                binding,
                resource: buffer.as_entire_binding(),
            })
            .collect();
        let bindings = self
            .gpu
            .device
            .create_bind_group(&wgpu::BindGroupDescriptor {
                label: Some(name),
                layout: &layout,
                entries: &entries,
            });
        Dispatch {
            name,
            packing: None,
            weights: 0,
            pipeline,
            bindings,
            grid,
        }
    }

    fn pipeline(&mut self, name: &'static str, text: String) -> Pipeline {
        if let Some(made) = self.made.get(&text) {
            return made.clone();
        }
        let pipeline = self.gpu.pipeline(name, &text, self.cache.as_ref());
        self.made.insert(text, pipeline.clone());
        pipeline
    }
}

impl Gpu {
    fn pipeline(&self, name: &'static str, text: &str, cache: Option<&PipelineCache>) -> Pipeline {
        let layout = self
            .device
            .create_bind_group_layout(&wgpu::BindGroupLayoutDescriptor {
                label: Some(name),
                entries: &layout_entries(text),
            });
        let pipeline_layout = self
            .device
            .create_pipeline_layout(&wgpu::PipelineLayoutDescriptor {
                label: Some(name),
                bind_group_layouts: &[Some(&layout)],
                immediate_size: 0,
            });
        let module = self
            .device
            .create_shader_module(wgpu::ShaderModuleDescriptor {
                label: Some(name),
                source: wgpu::ShaderSource::Wgsl(text.into()),
            });
        let pipeline = self
            .device
            .create_compute_pipeline(&wgpu::ComputePipelineDescriptor {
                label: Some(name),
                layout: Some(&pipeline_layout),
                module: &module,
                entry_point: Some(name),
                compilation_options: Default::default(),
                cache: cache.map(|cache| &cache.cache),
            });
        Pipeline { pipeline, layout }
    }

    /// Runs `steps` one after the other in one submission, then the copies, and does not wait.
    pub(crate) fn submit<'a>(
        &self,
        steps: impl IntoIterator<Item = &'a Dispatch>,
        call: &Call,
        copy: impl FnOnce(&mut wgpu::CommandEncoder),
    ) {
        let mut commands = self.device.create_command_encoder(&Default::default());
        let mut pass = commands.begin_compute_pass(&Default::default());
        for step in steps {
            step.record(&mut pass, call);
        }
        drop(pass);
        copy(&mut commands);
        self.queue.submit([commands.finish()]);
    }

    /// Waits until all that was submitted is done.
    pub(crate) fn wait(&self) -> Result<(), GpuError> {
        self.device
            .poll(wgpu::PollType::wait_indefinitely())
            .map_err(|error| self.lost(&error.to_string()))?;
        match self.lost.get() {
            Some(reason) => Err(GpuError::Lost(reason.clone())),
            None => Ok(()),
        }
    }

    /// Waits, then hands over the first `bytes` bytes of `staging`, a buffer made to be read from outside.
    pub(crate) fn read_back<T>(
        &self,
        staging: &wgpu::Buffer,
        bytes: u64,
        take: impl FnOnce(&[u8]) -> T,
    ) -> Result<T, GpuError> {
        staging.map_async(wgpu::MapMode::Read, ..bytes, |_| {});
        self.wait()?;
        let taken = staging
            .get_mapped_range(..bytes)
            .map(|mapped| take(&mapped))
            .map_err(|error| self.lost(&error.to_string()));
        staging.unmap();
        taken
    }
}

impl Dispatch {
    /// The same, known to read all weights of `run`.
    pub fn reading(self, run: &Run) -> Dispatch {
        Dispatch {
            packing: Some(run.packing),
            weights: run.quants.size() + run.scales.size(),
            ..self
        }
    }

    fn record(&self, pass: &mut wgpu::ComputePass, call: &Call) {
        let [x, y, z] = self.grid.map(|extent| extent.workgroups(call));
        pass.set_pipeline(&self.pipeline);
        pass.set_bind_group(0, &self.bindings, &[]);
        pass.dispatch_workgroups(x, y, z);
    }
}

impl Extent {
    fn workgroups(self, call: &Call) -> u32 {
        match self {
            Extent::Fixed(count) => count,
            Extent::Tokens(each) => call.tokens.div_ceil(each),
            Extent::Splits => call.splits,
        }
    }
}

/// What each `@binding` of a kernel is, read off its text, so that a buffer a variant does not use can still be bound.
fn layout_entries(text: &str) -> Vec<wgpu::BindGroupLayoutEntry> {
    let mut entries: Vec<wgpu::BindGroupLayoutEntry> =
        text.lines().filter_map(layout_entry).collect();
    entries.sort_by_key(|entry| entry.binding);
    entries
}

fn layout_entry(line: &str) -> Option<wgpu::BindGroupLayoutEntry> {
    let (number, rest) = line.split_once("@binding(")?.1.split_once(')')?;
    let ty = match rest.split_once("var<")?.1.split_once('>')?.0 {
        "uniform" => wgpu::BufferBindingType::Uniform,
        access => wgpu::BufferBindingType::Storage {
            read_only: access == "storage, read",
        },
    };
    Some(wgpu::BindGroupLayoutEntry {
        binding: number.parse().ok()?,
        visibility: wgpu::ShaderStages::COMPUTE,
        ty: wgpu::BindingType::Buffer {
            ty,
            has_dynamic_offset: false,
            min_binding_size: None,
        },
        count: None,
    })
}
