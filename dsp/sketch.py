import numpy as np, time, sys, resource
sys.path.insert(0,'/work/shared/bench')
from spec import *
from numba import njit, cfunc, types
from numba.np.numpy_support import from_dtype
from dsp.sustained import *
from dsp.processor import record_at, flush_denormals
from dsp.oscillator import highest_rolloff
from dsp.lanes import *
from dsp.compiled import kernel
n=int(sys.argv[1])
V=max(8,(n+7)//8*8)
ST=np.dtype([('v',sustained_dtype(V)),('l',np.float32,(512,)),('r',np.float32,(512,))],align=True)
t0=time.time()
@cfunc(types.void(types.voidptr,types.CPointer(types.float32),types.int64),error_model='numpy',_nrt=False)
def render(user,out,quanta):
    s=record_at(user,ST)
    flush_denormals()
    for q in range(quanta):
        for i in range(64):
            store(s.l,i*8,splat(0.0)); store(s.r,i*8,splat(0.0))
        render_sustained(s.v,V,s.l,s.r)
        for i in range(0,64,8):
            store(out,q*128+i,column_sums(s.l,i*8)); store(out,q*128+64+i,column_sums(s.r,i*8))
print('compile',time.time()-t0)
@njit
def roll(c): return highest_rolloff(c)
from dsp.envelope import ATTACK
s=np.zeros(1,ST); v=s['v'][0]
v['patch']=SustainedPatch(5.2,0,0,1.0,.6,0,0,0,1.0,.8,1).to_row()
P=voices(n)
for i,p in enumerate(P):
    v['cycles'][i]=p['f']/SR;  v['cutoff'][i]=p['fc']*1.25/SR; v['rolloff'][i]=roll(p['f']/SR); v['cos'][i]=2*v['rolloff'][i]
    v['sweep_phase'][i]=p['ph']; v['sweep_rate'][i]=p['lfo']*64/SR; v['left'][i]=p['gl']*p['gain']*.5; v['right'][i]=p['gr']*p['gain']*.5
    e=v['envelope']; e['stage'][i]=ATTACK; e['attack'][i]=64/(2*SR); e['decay'][i]=64/SR; e['sustain'][i]=.8; e['release'][i]=64/3/SR
print(v['rolloff'][:8])
quanta=int(60*SR/64); out=np.zeros(quanta*128,np.float32)
import ctypes
f=render.ctypes
for _ in range(3):
    t=resource.getrusage(resource.RUSAGE_SELF).ru_utime
    f(s.ctypes.data, out.ctypes.data_as(ctypes.POINTER(ctypes.c_float)), quanta)
    t=resource.getrusage(resource.RUSAGE_SELF).ru_utime-t
    print('user',t, 'ns/voice-sample',t/n/60/SR*1e9, 'rms',out.std(), np.isnan(out).any())
open('/tmp/exp/cb.ll','w').write(render._library.get_llvm_str()); open('/tmp/exp/cb.s','w').write(render._library.get_asm_str())
