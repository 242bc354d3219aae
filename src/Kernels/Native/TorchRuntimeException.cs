namespace Orchestrator.Kernels.Native;

/// <summary>The native tensor libraries cannot be used. The message names the file or folder, what is missing and how to mend it.</summary>
public sealed class TorchRuntimeException(string message, Exception? inner = null) : Exception(message, inner);
