using Orchestrator.Contracts.Runs;

namespace Orchestrator.Kernels.Data;

/// <summary>Gives the content of the text files that a configuration names by hash.</summary>
public interface ITextContents
{
    /// <summary>The whole file. Implementations throw what their store throws if it is missing or damaged.</summary>
    ReadOnlyMemory<byte> Read(TextFile file);
}

/// <summary>Files that are in memory already.</summary>
/// <param name="files">Contents by lower-case hexadecimal SHA-256.</param>
public sealed class TextsInMemory(IReadOnlyDictionary<string, byte[]> files) : ITextContents
{
    /// <summary>The files that a configuration names, each content read once.</summary>
    /// <param name="data">The configuration.</param>
    /// <param name="read">Gives the content with a lower-case hexadecimal SHA-256.</param>
    public static async Task<TextsInMemory> Of(DataConfiguration data, Func<string, Task<byte[]>> read)
    {
        ArgumentNullException.ThrowIfNull(data);
        ArgumentNullException.ThrowIfNull(read);
        var texts = new Dictionary<string, byte[]>();
        foreach (var file in data.TextFiles.DistinctBy(file => file.Sha256))
        {
            texts[file.Sha256] = await read(file.Sha256);
        }
        return new TextsInMemory(texts);
    }

    /// <inheritdoc/>
    public ReadOnlyMemory<byte> Read(TextFile file)
    {
        ArgumentNullException.ThrowIfNull(file);
        return files[file.Sha256];
    }
}

/// <summary>For configurations without text.</summary>
public sealed class NoText : ITextContents
{
    /// <summary>The only instance.</summary>
    public static NoText Instance { get; } = new();

    /// <summary>Always throws: there are no files here.</summary>
    /// <exception cref="DataConfigurationException">Always.</exception>
    public ReadOnlyMemory<byte> Read(TextFile file) =>
        throw new DataConfigurationException($"text file {file.Name} ({file.Sha256}) cannot be read: no text store was given to the trainer");
}

/// <summary>A data configuration cannot be turned into sequences. The message names the part, the rule and what was found.</summary>
public sealed class DataConfigurationException(string message, Exception? inner = null) : Exception(message, inner);
