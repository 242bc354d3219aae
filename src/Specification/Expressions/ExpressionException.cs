namespace Orchestrator.Specification.Expressions;

/// <summary>An expression cannot be read or evaluated. The message says where, what was expected, and how it is written.</summary>
public sealed class ExpressionException(string message) : Exception(message);
