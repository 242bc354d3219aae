namespace Orchestrator.Storage.Backends;

/// <summary>A value has no spelling in the database: the item that holds it is at fault, not the database.</summary>
internal sealed class UnstorableException(string message) : Exception(message);
