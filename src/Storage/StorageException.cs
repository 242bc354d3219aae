namespace Orchestrator.Storage;

/// <summary>The database refused or failed. The message names what was asked, what was wrong and, if there is one, the remedy.</summary>
public sealed class StorageException(string message, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>The innermost failure of storage among the causes of an exception, or null.</summary>
    public static StorageException? In(Exception exception)
    {
        ArgumentNullException.ThrowIfNull(exception);
        IEnumerable<Exception> inner = exception is AggregateException several ? several.InnerExceptions : exception.InnerException is { } one ? [one] : [];
        return inner.Select(In).FirstOrDefault(found => found is not null) ?? exception as StorageException;
    }
}
