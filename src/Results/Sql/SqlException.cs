namespace Orchestrator.Results.Sql;

/// <summary>A query that was refused or stopped. The message says what was wrong, for whoever wrote it.</summary>
public sealed class SqlException(string message, Exception? inner = null) : Exception(message, inner);
