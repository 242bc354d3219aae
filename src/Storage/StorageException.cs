namespace Orchestrator.Storage;

/// <summary>The database refused or failed. The message names what was asked, what was wrong and, where there is one, the remedy.</summary>
public sealed class StorageException(string message, Exception? inner = null) : Exception(message, inner);
