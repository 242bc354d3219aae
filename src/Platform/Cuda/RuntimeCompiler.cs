using System.Runtime.InteropServices;
using System.Text;

namespace Orchestrator.Platform.Cuda;

/// <summary>NVRTC, CUDA's run-time compiler, which lies beside the libtorch of every CUDA build.</summary>
internal static class RuntimeCompiler
{
    private const string Name = "nvrtc";
    private static readonly Lock Gate = new();
    private static nint _library;

    static RuntimeCompiler() => NativeLibrary.SetDllImportResolver(typeof(RuntimeCompiler).Assembly, (name, _, _) => name == Name ? _library : 0);

    /// <summary>Machine code (cubin) of CUDA C++.</summary>
    /// <param name="source">The program.</param>
    /// <param name="architecture">What it is for, such as <c>sm_90</c>.</param>
    /// <param name="libtorch">Folder of libtorch.</param>
    /// <exception cref="CudaException">There is no NVRTC, it does not know the architecture, or the program is wrong: its log is in the message.</exception>
    public static byte[] Compile(string source, string architecture, string libtorch)
    {
        lock (Gate)
        {
            _library = _library == 0 ? Find(libtorch) : _library;
        }
        Check(CreateProgram(out var program, source, "step.cu", 0, 0, 0), "nvrtcCreateProgram");
        try
        {
            string[] options = [$"--gpu-architecture={architecture}", "--std=c++17"];
            if (CompileProgram(program, options.Length, options) is var result and not 0)
            {
                Check(GetLogSize(program, out var length), "nvrtcGetProgramLogSize");
                var log = new byte[length];
                Check(GetLog(program, log), "nvrtcGetProgramLog");
                throw new CudaException($"nvrtcCompileProgram for {architecture}: {Text(result)}\n{Encoding.UTF8.GetString(log).TrimEnd('\0')}");
            }
            Check(GetCodeSize(program, out var size), "nvrtcGetCUBINSize");
            var code = new byte[size];
            Check(GetCode(program, code), "nvrtcGetCUBIN");
            return code;
        }
        finally
        {
            Check(DestroyProgram(ref program), "nvrtcDestroyProgram");
        }
    }

    /// <summary>By its plain names, then beside libtorch and where Python's wheels keep CUDA's libraries.</summary>
    private static nint Find(string libtorch)
    {
        foreach (var version in new[] { "libnvrtc.so.13", "libnvrtc.so.12", "libnvrtc.so" })
        {
            if (NativeLibrary.TryLoad(version, out var plain))
            {
                return plain;
            }
        }
        var packages = Path.Combine(libtorch, "..", "..", "nvidia");
        string[] folders = [libtorch, .. Directory.Exists(packages) ? Directory.EnumerateDirectories(packages).Select(folder => Path.Combine(folder, "lib")).Where(Directory.Exists) : []];
        foreach (var file in folders.SelectMany(folder => Directory.EnumerateFiles(folder, "libnvrtc*.so*")).Where(file => !file.Contains("builtins", StringComparison.Ordinal) && !file.Contains(".alt.", StringComparison.Ordinal)))
        {
            if (NativeLibrary.TryLoad(file, out var found))
            {
                return found;
            }
        }
        throw new CudaException($"no libnvrtc by its name, in {libtorch} or in {packages}");
    }

    private static void Check(int result, string call)
    {
        if (result != 0)
        {
            throw new CudaException($"{call}: {Text(result)}");
        }
    }

    private static string Text(int result) => Marshal.PtrToStringUTF8(ErrorString(result)) ?? $"error {result}";

    [DllImport(Name, EntryPoint = "nvrtcCreateProgram", BestFitMapping = false, ThrowOnUnmappableChar = true), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int CreateProgram(out nint program, [MarshalAs(UnmanagedType.LPStr)] string source, [MarshalAs(UnmanagedType.LPStr)] string name, int headers, nint headerTexts, nint headerNames);

    [DllImport(Name, EntryPoint = "nvrtcCompileProgram", BestFitMapping = false, ThrowOnUnmappableChar = true), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int CompileProgram(nint program, int options, [MarshalAs(UnmanagedType.LPArray, ArraySubType = UnmanagedType.LPStr)] string[] optionTexts);

    [DllImport(Name, EntryPoint = "nvrtcGetProgramLogSize"), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int GetLogSize(nint program, out nuint size);

    [DllImport(Name, EntryPoint = "nvrtcGetProgramLog"), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int GetLog(nint program, byte[] log);

    [DllImport(Name, EntryPoint = "nvrtcGetCUBINSize"), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int GetCodeSize(nint program, out nuint size);

    [DllImport(Name, EntryPoint = "nvrtcGetCUBIN"), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int GetCode(nint program, byte[] code);

    [DllImport(Name, EntryPoint = "nvrtcDestroyProgram"), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int DestroyProgram(ref nint program);

    [DllImport(Name, EntryPoint = "nvrtcGetErrorString"), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern nint ErrorString(int result);
}
