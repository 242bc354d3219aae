using Orchestrator.Platform.Files;
using static TorchSharp.torch;

namespace Orchestrator.Kernels.Weights;

/// <summary>Reads tensors of one safetensors file, each straight into its own memory.</summary>
public sealed class SafetensorsReader : IDisposable
{
    private readonly Stream _stream;

    /// <summary>Reads and checks the header. The reader owns the stream.</summary>
    /// <param name="stream">The whole file, seekable.</param>
    /// <param name="file">Its name, for errors.</param>
    /// <exception cref="ModelFileException">A rule of the format is broken.</exception>
    public SafetensorsReader(Stream stream, string file)
    {
        _stream = stream;
        File = file;
        Header = SafetensorsHeader.Read(stream, file);
    }

    /// <summary>The file's name, for errors.</summary>
    public string File { get; }
    /// <summary>What the file holds.</summary>
    public SafetensorsHeader Header { get; }

    /// <summary>Opens a file. Throws <see cref="ModelFileException"/> if it cannot be read or breaks a rule.</summary>
    public static SafetensorsReader Open(string path)
    {
        FileStream? stream = null;
        try
        {
            stream = UserFile.Open(path, long.MaxValue); // no tensor is larger than what the model's shape asks for
            return new SafetensorsReader(stream, path);
        }
        catch (UserFileException unreadable)
        {
            throw new ModelFileException(path, $"{unreadable.Rule}; {unreadable.Fix}", unreadable);
        }
        catch (IOException unreadable)
        {
            stream?.Dispose();
            throw new ModelFileException(path, $"cannot be read: {unreadable.Message}", unreadable);
        }
        catch (ModelFileException)
        {
            stream?.Dispose();
            throw;
        }
    }

    /// <summary>Whether the file has a tensor of that name.</summary>
    public bool Has(string name) => Header.Entries.ContainsKey(name);

    /// <summary>Reads a float32 tensor onto the CPU.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="shape">The shape that it must have.</param>
    /// <exception cref="ModelFileException">It is missing, has another shape or type, or holds values that are not finite.</exception>
    public Tensor Read(string name, params ReadOnlySpan<long> shape)
    {
        Native.TorchRuntime.Load();
        var entry = Check(name, shape);
        var values = empty(shape, ScalarType.Float32);
        try
        {
            if (entry.Length > 0)
            {
                _stream.Position = entry.Start;
                _stream.ReadExactly(values.bytes);
            }
            using var finite = values.isfinite();
            using var all = finite.all();
            return all.item<bool>() ? values : throw new ModelFileException(File, $"tensor '{name}' holds values that are not finite (NaN or infinity)");
        }
        catch
        {
            values.Dispose();
            throw;
        }
    }

    private SafetensorsEntry Check(string name, ReadOnlySpan<long> shape)
    {
        var wanted = $"[{string.Join(", ", shape.ToArray())}]";
        if (!Header.Entries.TryGetValue(name, out var entry))
        {
            throw new ModelFileException(File, $"tensor '{name}' of shape {wanted} is missing");
        }
        if (!entry.Shape.SequenceEqual(shape.ToArray()))
        {
            throw new ModelFileException(File, $"tensor '{name}' has shape [{string.Join(", ", entry.Shape)}], expected {wanted}");
        }
        if (entry.Type != "F32")
        {
            throw new ModelFileException(File, $"tensor '{name}' has dtype {entry.Type}, only F32 is supported: convert the file to float32");
        }
        return entry.Length <= int.MaxValue
            ? entry
            : throw new ModelFileException(File, $"tensor '{name}' takes {entry.Length} bytes, more than the {int.MaxValue} that one tensor may have");
    }

    /// <inheritdoc/>
    public void Dispose() => _stream.Dispose();
}
