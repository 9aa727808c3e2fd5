//! A graphics adapter that runs kernels: chosen once, its pipelines made once.
//!
//! Not a tensor library: a kernel is a WGSL file with one entry point of the same name, its buffers are given in the order of its
//! bindings, and what is wanted back is read back explicitly. [`Decoder`] is a whole language model of such kernels.

mod buffers;
mod cache;
mod decoder;
mod dispatch;
mod load;
mod matrix;
mod measure;
mod memory;
mod packing;
mod plan;
mod products;
mod source;
#[cfg(test)]
mod tests;
mod tune;
mod twin;

pub use decoder::Decoder;
pub use measure::Speed;

use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use thiserror::Error;
use wgpu::util::DeviceExt;

/// Which adapters are good enough.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Adapters {
    /// Only real graphics hardware: a software adapter is slower than the plain code it would replace.
    Hardware,
    /// Software adapters too, so that kernels can be tested anywhere.
    Any,
}

/// What kernels have variants for, and the keeping of pipelines.
const FEATURES: wgpu::Features = wgpu::Features::SUBGROUP
    .union(wgpu::Features::SHADER_F16)
    .union(wgpu::Features::PIPELINE_CACHE);

/// An open adapter. Cheap to clone; the device closes with the last one.
#[derive(Clone)]
pub struct Gpu {
    device: wgpu::Device,
    queue: wgpu::Queue,
    info: wgpu::AdapterInfo,
    lost: Arc<OnceLock<String>>,
}

/// Why nothing was computed on an adapter.
#[derive(Debug, Error)]
pub enum GpuError {
    /// There is no adapter of the kind asked for; use the plain code.
    #[error(
        "no graphics adapter found ({0}); install a Vulkan, Metal or DX12 driver (Debian: mesa-vulkan-drivers), or go on without: everything also runs on the processor, only slower"
    )]
    NoAdapter(String),
    /// The adapter is there but would not open.
    #[error(
        "the graphics adapter {adapter} would not open: {reason}; update its driver or go on without"
    )]
    NoDevice {
        /// Its name.
        adapter: String,
        /// What the driver said.
        reason: String,
    },
    /// The adapter went away (driver update, sleep, unplugged); open it again or go on without.
    #[error("the graphics adapter was lost: {0}")]
    Lost(String),
    /// The adapter's memory is full.
    #[error(
        "the memory of the graphics adapter {0} is full: choose a smaller model or context, close what else uses it, or run the model on the processor"
    )]
    OutOfMemory(String),
    /// The buffer does not fit this adapter; use the plain code for this input.
    #[error("{bytes} bytes do not fit the graphics adapter's largest buffer of {limit} bytes")]
    TooLarge {
        /// Wanted.
        bytes: u64,
        /// There.
        limit: u64,
    },
}

/// A compiled kernel.
pub struct Kernel {
    name: &'static str,
    pipeline: wgpu::ComputePipeline,
}

/// A kernel with its buffers and its grid: ready to run any number of times.
pub struct Step {
    name: &'static str,
    pipeline: wgpu::ComputePipeline,
    bindings: wgpu::BindGroup,
    grid: [u32; 3],
}

impl Gpu {
    /// Opens the fastest adapter of the kind asked for.
    pub fn open(adapters: Adapters) -> Result<Self, GpuError> {
        let instance = wgpu::Instance::new(wgpu::InstanceDescriptor::new_without_display_handle());
        let found = pollster::block_on(instance.enumerate_adapters(wgpu::Backends::PRIMARY));
        let names: Vec<String> = found
            .iter()
            .map(|adapter| adapter.get_info().name)
            .collect();
        let adapter = found
            .into_iter()
            .filter(|adapter| adapters == Adapters::Any || is_hardware(&adapter.get_info()))
            .min_by_key(|adapter| rank(&adapter.get_info()))
            .ok_or_else(|| {
                GpuError::NoAdapter(if names.is_empty() {
                    "none at all".into()
                } else {
                    format!("only {}", names.join(", "))
                })
            })?;
        Self::open_device(&adapter)
    }

    /// The adapter that all of this process compute on: opened once, and again when it was lost.
    pub fn shared(adapters: Adapters) -> Result<Self, GpuError> {
        static SHARED: Mutex<Vec<(Adapters, Gpu)>> = Mutex::new(Vec::new());
        let mut shared = SHARED.lock().unwrap_or_else(PoisonError::into_inner);
        shared.retain(|(_, gpu)| gpu.lost.get().is_none());
        if let Some((_, gpu)) = shared.iter().find(|(kind, _)| *kind == adapters) {
            return Ok(gpu.clone());
        }
        let gpu = Self::open(adapters)?;
        shared.push((adapters, gpu.clone()));
        Ok(gpu)
    }

    fn open_device(adapter: &wgpu::Adapter) -> Result<Self, GpuError> {
        let info = adapter.get_info();
        // All the adapter has: a 4K frame already fills half of the default limit for one buffer.
        let wanted = wgpu::DeviceDescriptor {
            required_features: adapter.features() & FEATURES,
            required_limits: adapter.limits(),
            ..Default::default()
        };
        let (device, queue) =
            pollster::block_on(adapter.request_device(&wanted)).map_err(|error| {
                GpuError::NoDevice {
                    adapter: info.name.clone(),
                    reason: error.to_string(),
                }
            })?;
        let lost = Arc::new(OnceLock::new());
        let note = lost.clone();
        device.set_device_lost_callback(move |_, reason| {
            // The first reason is the cause; later ones only follow from it.
            let _ = note.set(reason);
        });
        let note = lost.clone();
        device.on_uncaptured_error(Arc::new(move |error: wgpu::Error| {
            let _ = note.set(error.to_string());
        }));
        Ok(Self {
            device,
            queue,
            info,
            lost,
        })
    }

    /// Name and interface, for people: "llvmpipe (LLVM 15) over Vulkan".
    pub fn describe(&self) -> String {
        format!("{} over {:?}", self.info.name, self.info.backend)
    }

    /// Whether it is real graphics hardware.
    pub fn is_hardware(&self) -> bool {
        is_hardware(&self.info)
    }

    /// Compiles a kernel; `name` is its file and its entry point.
    pub fn kernel(&self, name: &'static str, wgsl: &str) -> Kernel {
        let source = wgpu::ShaderModuleDescriptor {
            label: Some(name),
            source: wgpu::ShaderSource::Wgsl(wgsl.into()),
        };
        let module = self.device.create_shader_module(source);
        let pipeline = self
            .device
            .create_compute_pipeline(&wgpu::ComputePipelineDescriptor {
                label: Some(name),
                layout: None,
                module: &module,
                entry_point: Some(name),
                compilation_options: Default::default(),
                cache: None,
            });
        Kernel { name, pipeline }
    }

    /// A buffer of so many bytes that kernels read and write and that can be filled and read from outside.
    pub fn storage(&self, label: &str, bytes: u64) -> Result<wgpu::Buffer, GpuError> {
        let limit = self.largest_buffer();
        if bytes > limit {
            return Err(GpuError::TooLarge { bytes, limit });
        }
        let usage = wgpu::BufferUsages::STORAGE
            | wgpu::BufferUsages::COPY_SRC
            | wgpu::BufferUsages::COPY_DST;
        Ok(self.device.create_buffer(&wgpu::BufferDescriptor {
            label: Some(label),
            size: bytes,
            usage,
            mapped_at_creation: false,
        }))
    }

    /// Bytes of the largest buffer that a kernel can use.
    fn largest_buffer(&self) -> u64 {
        let limits = self.device.limits();
        limits
            .max_buffer_size
            .min(limits.max_storage_buffer_binding_size)
    }

    /// Bytes of memory that the lanes of a workgroup share.
    fn workgroup_memory(&self) -> usize {
        self.device.limits().max_compute_workgroup_storage_size as usize
    }

    /// A buffer with `values` in it.
    fn place<T: bytemuck::Pod>(&self, label: &str, values: &[T]) -> Result<wgpu::Buffer, GpuError> {
        let buffer = self.storage(label, size_of_val(values) as u64)?;
        self.write(&buffer, bytemuck::cast_slice(values));
        Ok(buffer)
    }

    /// What `place` makes, unless the adapter's memory runs out on the way.
    fn within_memory<T>(&self, place: impl FnOnce() -> T) -> Result<T, GpuError> {
        let scope = self.device.push_error_scope(wgpu::ErrorFilter::OutOfMemory);
        let placed = place();
        match pollster::block_on(scope.pop()) {
            None => Ok(placed),
            Some(_) => Err(GpuError::OutOfMemory(self.info.name.clone())),
        }
    }

    /// Hands over what was written so far, so that it does not pile up in memory.
    fn flush(&self) {
        self.queue.submit([]);
    }

    /// The uniform that is written anew for each pass.
    fn call_uniform(&self) -> wgpu::Buffer {
        self.device.create_buffer(&wgpu::BufferDescriptor {
            label: Some("call"),
            size: size_of::<dispatch::Call>() as u64,
            usage: wgpu::BufferUsages::UNIFORM | wgpu::BufferUsages::COPY_DST,
            mapped_at_creation: false,
        })
    }

    /// Submits copies and does not wait.
    fn copy(&self, record: impl FnOnce(&mut wgpu::CommandEncoder)) {
        let mut commands = self.device.create_command_encoder(&Default::default());
        record(&mut commands);
        self.queue.submit([commands.finish()]);
    }

    fn write_at(&self, buffer: &wgpu::Buffer, start: u64, bytes: &[u8]) {
        self.queue.write_buffer(buffer, start, bytes);
    }

    /// Whether kernels can use `feature`.
    fn offers(&self, feature: wgpu::Features) -> bool {
        self.device.features().contains(feature)
    }

    /// A small constant for kernels.
    pub fn uniform(&self, label: &str, bytes: &[u8]) -> wgpu::Buffer {
        let usage = wgpu::BufferUsages::UNIFORM;
        self.device
            .create_buffer_init(&wgpu::util::BufferInitDescriptor {
                label: Some(label),
                contents: bytes,
                usage,
            })
    }

    /// Fills a buffer from its start.
    pub fn write(&self, buffer: &wgpu::Buffer, bytes: &[u8]) {
        self.queue.write_buffer(buffer, 0, bytes);
    }

    /// Binds `buffers` in the order of the kernel's bindings; `grid` is in workgroups.
    pub fn step(&self, kernel: &Kernel, buffers: &[&wgpu::Buffer], grid: [u32; 3]) -> Step {
        let entries: Vec<wgpu::BindGroupEntry> = (0..)
            .zip(buffers)
            .map(|(binding, buffer)| wgpu::BindGroupEntry {
                binding,
                resource: buffer.as_entire_binding(),
            })
            .collect();
        let layout = &kernel.pipeline.get_bind_group_layout(0);
        let bindings = self.device.create_bind_group(&wgpu::BindGroupDescriptor {
            label: Some(kernel.name),
            layout,
            entries: &entries,
        });
        Step {
            name: kernel.name,
            pipeline: kernel.pipeline.clone(),
            bindings,
            grid,
        }
    }

    /// Runs the steps one after the other and reads back the whole of each buffer in `wanted`.
    pub fn run(
        &self,
        steps: &[&Step],
        wanted: &[&wgpu::Buffer],
    ) -> Result<Vec<Vec<u32>>, GpuError> {
        let mut commands = self.device.create_command_encoder(&Default::default());
        for step in steps {
            let mut pass = commands.begin_compute_pass(&wgpu::ComputePassDescriptor {
                label: Some(step.name),
                timestamp_writes: None,
            });
            pass.set_pipeline(&step.pipeline);
            pass.set_bind_group(0, &step.bindings, &[]);
            pass.dispatch_workgroups(step.grid[0], step.grid[1], step.grid[2]);
        }
        let copies: Vec<wgpu::Buffer> = wanted
            .iter()
            .map(|buffer| self.readable(buffer.size()))
            .collect();
        for (from, to) in wanted.iter().zip(&copies) {
            commands.copy_buffer_to_buffer(from, 0, to, 0, from.size());
        }
        self.queue.submit([commands.finish()]);
        copies
            .iter()
            .for_each(|copy| copy.map_async(wgpu::MapMode::Read, .., |_| {}));
        self.device
            .poll(wgpu::PollType::wait_indefinitely())
            .map_err(|error| self.lost(&error.to_string()))?;
        copies.iter().map(|copy| self.words(copy)).collect()
    }

    fn readable(&self, size: u64) -> wgpu::Buffer {
        let usage = wgpu::BufferUsages::COPY_DST | wgpu::BufferUsages::MAP_READ;
        self.device.create_buffer(&wgpu::BufferDescriptor {
            label: Some("read back"),
            size,
            usage,
            mapped_at_creation: false,
        })
    }

    fn words(&self, mapped: &wgpu::Buffer) -> Result<Vec<u32>, GpuError> {
        let bytes = mapped
            .get_mapped_range(..)
            .map_err(|error| self.lost(&error.to_string()))?;
        let words = bytes
            .chunks_exact(4)
            .map(|word| u32::from_le_bytes([word[0], word[1], word[2], word[3]]));
        match self.lost.get() {
            Some(reason) => Err(GpuError::Lost(reason.clone())),
            None => Ok(words.collect()),
        }
    }

    fn lost(&self, symptom: &str) -> GpuError {
        GpuError::Lost(
            self.lost
                .get()
                .cloned()
                .unwrap_or_else(|| symptom.to_owned()),
        )
    }
}

fn is_hardware(info: &wgpu::AdapterInfo) -> bool {
    info.device_type != wgpu::DeviceType::Cpu
}

/// Smaller is faster.
fn rank(info: &wgpu::AdapterInfo) -> u8 {
    match info.device_type {
        wgpu::DeviceType::DiscreteGpu => 0,
        wgpu::DeviceType::IntegratedGpu => 1,
        wgpu::DeviceType::VirtualGpu => 2,
        wgpu::DeviceType::Other => 3,
        wgpu::DeviceType::Cpu => 4,
    }
}
