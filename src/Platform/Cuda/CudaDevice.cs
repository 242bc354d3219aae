namespace Orchestrator.Platform.Cuda;

/// <summary>A CUDA device, numbered as libtorch numbers them.</summary>
/// <param name="Number">Its number.</param>
public readonly record struct CudaDevice(int Number)
{
    /// <summary>Multiprocessors.</summary>
    /// <exception cref="CudaException">The driver does not tell.</exception>
    public int Multiprocessors => NvidiaDriver.Attribute(Number, 16);

    /// <summary>What machine code is for: <c>sm_90</c>.</summary>
    /// <exception cref="CudaException">The driver does not tell.</exception>
    public string Architecture => $"sm_{NvidiaDriver.Attribute(Number, 75)}{NvidiaDriver.Attribute(Number, 76)}";

    /// <summary>Bytes of shared memory that one block can have if it asks.</summary>
    /// <exception cref="CudaException">The driver does not tell.</exception>
    public int SharedBytesPerBlock => NvidiaDriver.Attribute(Number, 97);
}
