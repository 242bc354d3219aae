using System.Runtime.InteropServices;

namespace Orchestrator.Platform.Cuda;

/// <summary>The driver or the run-time compiler refused something.</summary>
public sealed class CudaException(string message) : ExternalException(message);
