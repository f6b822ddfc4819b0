using Mono.Cecil;
using Mono.Cecil.Cil;
using Mono.Cecil.Rocks;

// TorchSharp 0.107 reads the handle of a Scalar and calls into libtorch, and nothing keeps the Scalar alive meanwhile: `a + b` makes one
// implicitly, so when a garbage collection falls within the native call, the finalizer frees the number that libtorch is reading. Seen as
// "Exception raised from toFloat"; at worst a step computes with another number, silently. This adds GC.KeepAlive for every Scalar argument
// at the end of every method that takes one, in a copy of TorchSharp.dll.
if (args is not [var source, var target])
{
    Console.Error.WriteLine("usage: KeepAlive TorchSharp.dll COPY");
    return 2;
}

using var assembly = AssemblyDefinition.ReadAssembly(source, new ReaderParameters { InMemory = true });
var module = assembly.MainModule;
var gc = new TypeReference("System", "GC", module, module.TypeSystem.CoreLibrary);
var keepAlive = new MethodReference("KeepAlive", module.TypeSystem.Void, gc) { Parameters = { new ParameterDefinition(module.TypeSystem.Object) } };
int methods = 0;
foreach (var type in module.GetTypes())
    foreach (var method in type.Methods.Where(m => m.HasBody))
    {
        var scalars = method.Parameters.Where(p => p.ParameterType.FullName == "TorchSharp.Scalar").ToList();
        if (scalars.Count == 0) continue;
        var il = method.Body.GetILProcessor();
        method.Body.SimplifyMacros();
        foreach (var ret in method.Body.Instructions.Where(i => i.OpCode == OpCodes.Ret).ToList())
        {
            // The return becomes the first of the new instructions, so that branches to it lead through them.
            var last = il.Create(OpCodes.Ret);
            il.InsertAfter(ret, last);
            foreach (var scalar in scalars.Skip(1))
            {
                il.InsertBefore(last, il.Create(OpCodes.Ldarg, scalar));
                il.InsertBefore(last, il.Create(OpCodes.Call, keepAlive));
            }
            il.InsertAfter(ret, il.Create(OpCodes.Call, keepAlive));
            (ret.OpCode, ret.Operand) = (OpCodes.Ldarg, scalars[0]);
        }
        method.Body.OptimizeMacros();
        methods++;
    }

if (methods == 0)
{
    Console.Error.WriteLine($"{source}: no method takes a Scalar; this version of TorchSharp needs another cure, or none.");
    return 1;
}

Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(target))!);
File.Delete(target); // hard links to an earlier copy keep what they have
assembly.Write(target);
Console.WriteLine($"TorchSharp.dll: {methods} methods now keep their Scalar arguments alive during the native call: {target}");
return 0;
